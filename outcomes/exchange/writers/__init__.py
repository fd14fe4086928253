"""Writes released data to files that other programs read."""
