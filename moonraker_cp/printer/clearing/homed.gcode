{% for axis in "xyz" if axis not in printer.toolhead.homed_axes %}
  {fail("The " ~ axis | upper ~ " axis is not homed, and homing under a part is a crash. Clear the bed by hand.")}
{% endfor %}
