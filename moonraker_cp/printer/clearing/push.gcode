SAVE_GCODE_STATE NAME=continuousprint
G90
M220 S100
G1 Z{first | round(2)} F600
{% set pushed = namespace(at=[]) %}
{% for outline in outlines %}
  {% set middle = ((outline | map(attribute=0) | min) + (outline | map(attribute=0) | max)) / 2 %}
  {% set x = [[middle, x_min] | max, x_max] | min | round(1) %}
  {% if x not in pushed.at %}
    {% set pushed.at = pushed.at + [x] %}
    G1 X{x} Y{back | round(2)} F6000
    G1 Z{low} F600
    G1 Y{y_min | round(2)} F{(speed * 60) | round(2)}
    G1 Z{top | round(2)} F600
  {% endif %}
{% endfor %}
RESTORE_GCODE_STATE NAME=continuousprint
