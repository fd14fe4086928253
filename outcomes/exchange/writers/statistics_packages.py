"""Tables for SPSS (.sav) and Stata (.dta): labels on columns and codes, and a missing number as a coded reason.

In .sav a missing number is a user-missing code from −9901 downwards, in .dta one of .a to .z; both are labelled. A
coded column is a number from 1 with its label. Imported in the child process alone, for it brings polars.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import polars as pl
import pyreadstat

from outcomes.exchange.writers.contents import FIRST_MISSING, LAST_MISSING

SAV_TIME = 92
"""Where the date of writing stands in a .sav file: nine letters, then eight of the time of day."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
STATA = 14
"""The oldest Stata whose files hold every letter; newer ones may be written in a form that only Stata/MP opens."""
SHOWN = {"code": "F8.0", "integer": "F8.0", "number": "F8.2"}
"""How SPSS shows numbers; it keeps them whole."""
STATA_LABEL, SPSS_LABEL, SPSS_VALUE_LABEL, FILE_LABEL = 80, 255, 120, 60

Spec = Mapping[str, Any]


def write_sav(frame: pl.DataFrame, spec: Spec, path: Path, as_of: datetime) -> None:
    """Write one table for SPSS."""
    codes = {code: FIRST_MISSING - place for place, (code, _) in enumerate(spec["reasons"])}
    columns = spec["columns"]
    numbers = frame.select(_numbered(column, codes) for column in columns)
    labels = {
        column["name"]: _labels(column, {codes[code]: title for code, title in spec["reasons"]}) for column in columns
    }
    pyreadstat.write_sav(
        numbers,
        str(path),
        file_label=_cut(spec["title"], FILE_LABEL),
        column_labels={column["name"]: _cut(column["title"], SPSS_LABEL) for column in columns},
        variable_value_labels={
            name: {value: _cut(label, SPSS_VALUE_LABEL) for value, label in named.items()}
            for name, named in labels.items()
            if named
        },
        missing_ranges={c["name"]: [{"lo": LAST_MISSING, "hi": FIRST_MISSING}] for c in columns if _may_miss(c)},
        variable_measure={column["name"]: _measure(column) for column in columns},
        variable_format={c["name"]: SHOWN[c["kind"]] for c in columns if c["kind"] in SHOWN},
    )
    _stamp_sav(path, as_of)


def write_dta(frame: pl.DataFrame, spec: Spec, path: Path, as_of: datetime) -> None:
    """Write one table for Stata. The letters are told of columns in which something is missing."""
    letters = {code: ascii_lowercase[place] for place, (code, _) in enumerate(spec["reasons"])}
    columns = spec["columns"]
    missing = {column["name"] for column in columns if frame[column["name"]].null_count()}
    lettered = frame.select(_numbered(c, {}) for c in columns).with_columns(
        *(_lettered(frame, column, letters) for column in columns if column["name"] in missing)
    )
    reasons = {letters[code]: title for code, title in spec["reasons"]}
    labels = {c["name"]: _labels(c, reasons) for c in columns if c["kind"] == "code" or c["name"] in missing}
    pyreadstat.write_dta(
        lettered,
        str(path),
        version=STATA,
        file_label=_cut(spec["title"], FILE_LABEL),
        column_labels={column["name"]: _cut(column["title"], STATA_LABEL) for column in columns},
        variable_value_labels={name: named for name, named in labels.items() if named},
        missing_user_values={name: list(letters.values()) for name in missing},
    )
    _stamp_dta(path, as_of)


def _may_miss(column: Spec) -> bool:
    return bool(column["absence"] or column["reason"])


def _measure(column: Spec) -> str:
    return "scale" if column["kind"] in {"integer", "number"} else "nominal"


def _cut(text: str, most: int) -> str:
    """Shorten a label to what a format takes, counted in bytes, without cutting a letter in two."""
    raw = text.encode()
    return text if len(raw) <= most else raw[: most - 3].decode(errors="ignore") + "…"


def _numbered(column: Spec, codes: Mapping[str, int]) -> pl.Expr:
    """Turn codes into numbers from 1, and missing numbers into the codes of their reasons where there are any."""
    cells = pl.col(column["name"])
    if column["kind"] == "code":
        return (cells.to_physical().cast(pl.Int16) + 1).alias(column["name"])
    if not codes or not _may_miss(column):
        return cells
    if column["absence"]:
        beside = pl.col(column["absence"]).cast(pl.String)
        why = beside.replace_strict(codes, default=None, return_dtype=pl.Float64)
    else:
        why = pl.lit(float(codes[column["reason"]]))
    return cells.cast(pl.Float64).fill_null(why)


def _lettered(frame: pl.DataFrame, column: Spec, letters: Mapping[str, str]) -> pl.Series:
    """Put the letter of the reason where a number is missing."""
    kept: dict[float | None, float | None] = {}
    cells = [kept.setdefault(cell, cell) for cell in frame[column["name"]].cast(pl.Float64)]  # scores repeat
    reasons: Sequence[Any] = (
        frame[column["absence"]].to_list() if column["absence"] else [column["reason"]] * len(cells)
    )
    filled = [letters[why] if cell is None else cell for cell, why in zip(cells, reasons, strict=True)]
    return pl.Series(column["name"], filled, dtype=pl.Object)


def _labels(column: Spec, reasons: Mapping[Any, str]) -> dict[Any, str]:
    if column["kind"] == "code":
        return {place: title for place, (_, title) in enumerate(column["codes"], 1)}
    return dict(reasons) if _may_miss(column) else {}


def _stamp_sav(path: Path, as_of: datetime) -> None:
    """Write the release's instant over the time of writing."""
    moment = as_of.astimezone(UTC)
    stamp = f"{moment:%d} {MONTHS[moment.month - 1]} {moment:%y}{moment:%H:%M:%S}"
    with path.open("r+b") as file:
        file.seek(SAV_TIME)
        file.write(stamp.encode("ascii"))


def _stamp_dta(path: Path, as_of: datetime) -> None:
    """Write the release's instant over the time of writing."""
    moment = as_of.astimezone(UTC)
    stamp = f"{moment:%d} {MONTHS[moment.month - 1]} {moment:%Y %H:%M}".encode("ascii")
    with path.open("r+b") as file:
        found = re.search(rb"<timestamp>\x11(.{17})</timestamp>", file.read(1024), re.DOTALL)
        if found is None:
            raise ValueError("the file has no time of writing where it should")
        file.seek(found.start(1))
        file.write(stamp)
