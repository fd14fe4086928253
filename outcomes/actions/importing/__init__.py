"""The steps of an import: what the clinic already has, and the rows that a plan becomes."""
