"""The part that acts: Klipper, through Moonraker."""
