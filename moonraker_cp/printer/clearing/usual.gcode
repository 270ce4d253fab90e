SET_VELOCITY_LIMIT ACCEL={printer.toolhead.max_accel}
