{% if queue.phase == "clearing" %}
  {fail("This script turns the printer off, and takes no part off the bed. Set it as finish_gcode.")}
{% endif %}
TURN_OFF_HEATERS
M107
M84
