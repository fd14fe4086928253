"""Instruments as data, and one engine that scores them."""
