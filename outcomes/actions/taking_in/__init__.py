"""Taking in one patient's whole record: what is wrong with it, what its scores come to here, and its rows."""
