{% if not named %}
  {fail("The file names no objects, so nobody knows where its parts are. Let the slicer label objects, add [exclude_object] to printer.cfg, and clear the bed by hand.")}
{% endif %}
