"""Figures: findings as plain Plotly dicts, with a sentence and a table each. One file per figure."""
