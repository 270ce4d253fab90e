{% set zero = printer.gcode_move.homing_origin %}
{% for axis in range(3) if (printer.gcode_move.position[axis] - printer.gcode_move.gcode_position[axis] - zero[axis]) | abs > 0.01 %}
  {fail("G92 has moved the zero of the " ~ "XYZ"[axis] ~ " axis, so nobody knows where the bed is. Take G92 X, Y and Z out of the end of the file.")}
{% endfor %}
{% set x_min = printer.toolhead.axis_minimum.x - zero.x + 1 %}
{% set x_max = printer.toolhead.axis_maximum.x - zero.x - 1 %}
{% set y_min = printer.toolhead.axis_minimum.y - zero.y + 1 %}
{% set y_max = printer.toolhead.axis_maximum.y - zero.y - 1 %}
{% set z_max = printer.toolhead.axis_maximum.z - zero.z - 1 %}
{% set low = [height, printer.toolhead.axis_minimum.z - zero.z] | max | round(2, "ceil") %}
