"""Tables as Parquet: coded columns as dictionaries of their codes, a missing number as null with its reason beside it.

Imported in the child process alone, for it brings polars.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl


def schema(columns: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Give the type of each column."""
    return {column["name"]: _type(column) for column in columns}


def _type(column: Mapping[str, Any]) -> Any:  # noqa: ANN401 - polars mixes classes and instances
    kinds = {"text": pl.String, "integer": pl.Int32, "number": pl.Float64}
    return kinds.get(column["kind"]) or pl.Enum([code for code, _ in column["codes"]])


def write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Write one table."""
    frame.write_parquet(path, compression="zstd", statistics=True)
