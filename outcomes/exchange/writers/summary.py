"""The summary table of the cohort page as a table of a release, made by the same rules. Making it brings numpy."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from outcomes.exchange.writers.contents import NOT_KNOWN, Cells, Code, Column, Kind, Table, said
from outcomes.voice import N_

if TYPE_CHECKING:
    from outcomes.change.columns import Changes

QUANTITIES: Mapping[str, str] = {
    "measured": N_("People measured"),
    "mean_before": N_("Mean before FMT"),
    "mean_at_visit": N_("Mean at this visit"),
    "mean_change": N_("Mean change"),
    "sd_change": N_("SD of change"),
    "quarter_change": N_("A quarter of the changes lie below"),
    "median_change": N_("Median change"),
    "three_quarters_change": N_("Three quarters of the changes lie below"),
}


def summary_table(found: "Sequence[Changes]") -> Table:
    """Sum up every visit on every scale that is given, one row a quantity.

    Parameters:
        found: everybody's changes, one element a scale and visit after FMT.

    Returns:
        The table; the text files of a release give the same numbers back (docs/examples/release_notebook.py).
    """
    quantities = tuple(Code(code, said(text)) for code, text in QUANTITIES.items())
    columns = (
        Column("scale", Kind.TEXT, said(N_("Scale"))),
        Column("visit", Kind.TEXT, said(N_("Visit window"))),
        Column("quantity", Kind.CODE, said(N_("Quantity")), quantities),
        Column("value", Kind.NUMBER, said(N_("Number")), reason=NOT_KNOWN),
    )
    rows = [row for each in found for row in _rows(each)]
    return Table("summary", said(N_("Summary of the cohort")), columns, [rows], ("scale", "visit", "quantity"))


def _rows(found: "Changes") -> Iterator[Cells]:
    """Give the rows of one scale at one visit."""
    from outcomes.change.cohort import mean_baseline, mean_score, summary  # noqa: PLC0415 - it brings numpy

    told = summary(found)
    quantiles = told.quantiles
    values = (
        told.measured,
        mean_baseline(found).mean,
        mean_score(found).mean,
        told.change.mean,
        told.change.sd,
        quantiles.get(0.25),
        quantiles.get(0.5),
        quantiles.get(0.75),
    )
    for quantity, value in zip(QUANTITIES, values, strict=True):
        yield found.scale.key, found.point.code, quantity, None if value is None else float(value)
