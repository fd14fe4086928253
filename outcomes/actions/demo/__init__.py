"""The synthetic demo cohort: invented people whose records go through the same actions as real ones."""
