{% set left = [[(corners | map(attribute=0) | min) - margin, x_min] | max, x_max] | min if named else x_min %}
{% set right = [[(corners | map(attribute=0) | max) + margin, x_max] | min, left] | max if named else x_max %}
{% set columns = [((right - left) / column_width) | round(0, "ceil") | int, 1] | max %}
SAVE_GCODE_STATE NAME=continuousprint
G90
M220 S100
G1 Z{first | round(2)} F600
{% for column in range(columns) %}
  G1 X{(left + (right - left) * (column + 0.5) / columns) | round(2)} Y{back | round(2)} F6000
  G1 Z{low} F600
  G1 Y{y_min | round(2)} F{(speed * 60) | round(2)}
  G1 Z{top | round(2)} F600
{% endfor %}
RESTORE_GCODE_STATE NAME=continuousprint
