SET_VELOCITY_LIMIT ACCEL={[acceleration, printer.toolhead.max_accel] | min}
