"""Change from the time before FMT: one person's, and how a cohort varies."""
