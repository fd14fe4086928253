"""Reading: every query takes a scope first and returns frozen rows."""
