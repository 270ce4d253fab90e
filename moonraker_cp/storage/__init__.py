"""The part that remembers: tables in Moonraker's database."""
