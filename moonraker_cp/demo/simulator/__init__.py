"""A simulated micro-controller: lets an unmodified klippy print without hardware."""
