"""The part that answers: Moonraker's habits and CPQ's, on one queue."""
