{% set room = printer.toolhead.axis_maximum.z - printer.toolhead.position.z %}
{% if not distance <= room %}
  {fail("The belt has to advance by %g mm, and its axis has %g mm left. Let each file begin with SET_KINEMATIC_POSITION Z=0, or make position_max larger." % (distance, room))}
{% endif %}
SAVE_GCODE_STATE NAME=continuousprint
G91
M220 S100
G1 Z{distance} F{(speed * 60) | round(2)}
RESTORE_GCODE_STATE NAME=continuousprint
