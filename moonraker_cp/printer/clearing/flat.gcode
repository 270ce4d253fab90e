{% if file.object_height < low + 1 %}
  {fail("The part is %g mm high: a push at %g mm would not move it. Clear the bed by hand." % (file.object_height, low))}
{% endif %}
{% set top = file.object_height + clearance %}
{% if top > z_max %}
  {fail("The part is %g mm high, and Z ends at %g mm: there is no way over it. Clear the bed by hand." % (file.object_height, z_max))}
{% endif %}
{% set first = [top, [printer.gcode_move.gcode_position.z, z_max] | min] | max %}
