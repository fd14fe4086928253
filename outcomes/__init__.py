"""Outcomes: change in people with ME/CFS treated with faecal microbiota transplantation, told from noise."""
