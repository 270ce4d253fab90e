{% if file.object_height is not number %}
  {fail("The height of the part is not known: the file does not say it. Clear the bed by hand.")}
{% elif not file.object_height <= max_height %}
  {fail("The part is %g mm high, and max_height is %g mm. Clear the bed by hand." % (file.object_height, max_height))}
{% endif %}
