"""The part that decides: plain values in, plain values out.

Standard library only; no await, no clock, no database, no logging, no Moonraker.
"""
