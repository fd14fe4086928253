"""The figures of the cohort's page by name, and each as data for the script that draws it."""

import json
from collections.abc import Callable, Mapping

from outcomes.figures.figure import Figure
from outcomes.voice import Voice
from outcomes.web.clinic.cohort_comparison import comparison_distribution, comparison_shares
from outcomes.web.clinic.cohort_counts import cumulative_figure, flow_figure, shares_figure
from outcomes.web.clinic.cohort_look import Look
from outcomes.web.clinic.cohort_model import caterpillar_figure, variation_figure
from outcomes.web.clinic.cohort_people import before_after_figure, heatmap_figure, spaghetti_figure, waterfall_figure
from outcomes.web.clinic.cohort_times import loss_figure, survival_figure

FIGURES: Mapping[str, Callable[[Voice, Look], Figure | None]] = {
    "spaghetti": spaghetti_figure,
    "before_after": before_after_figure,
    "waterfall": waterfall_figure,
    "shares": shares_figure,
    "cumulative": cumulative_figure,
    "variation": variation_figure,
    "caterpillar": caterpillar_figure,
    "flow": flow_figure,
    "survival": survival_figure,
    "loss": loss_figure,
    "comparison_shares": comparison_shares,
    "comparison_distribution": comparison_distribution,
    "heatmap": heatmap_figure,
}


def as_data(figure: Figure | None) -> str | None:
    """Write a figure as JSON: its words, and the plot as the page draws it."""
    if figure is None:
        return None
    told = {
        "name": figure.name,
        "headline": figure.headline,
        "sentence": figure.sentence,
        "direction": figure.direction,
        "plot": figure.plot,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
