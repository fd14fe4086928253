"""Reproduce the summary table of a release from its text files: python release_notebook.py FOLDER FILE."""

import sys

import pandas as pd

scores = pd.read_csv(f"{sys.argv[1]}/data/csv/long.csv")
own = scores[scores.role == "baseline"].groupby(["scale", "patient"]).value.mean()
visits = scores[scores.role == "visit"].join(own.rename("before"), on=["scale", "patient"])
visits["change"] = visits.value - visits.before
told = visits.groupby(["scale", "visit"]).agg(measured=("value", "count"), mean_at_visit=("value", "mean"))
told = told.join(own.groupby("scale").mean().rename("mean_before"))
changes = visits.groupby(["scale", "visit"]).change
told = told.join(changes.agg(mean_change="mean", sd_change="std", median_change="median"))
told["quarter_change"], told["three_quarters_change"] = changes.quantile(0.25), changes.quantile(0.75)
told.melt(ignore_index=False, var_name="quantity").to_csv(sys.argv[2])
