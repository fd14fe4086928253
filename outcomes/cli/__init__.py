"""The second door: the commands of `python -m outcomes`."""
