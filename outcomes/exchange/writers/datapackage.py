"""The description of the comma-separated files as a Frictionless data package (specification version 1)."""

from collections.abc import Iterable, Mapping
from typing import Any

from outcomes.exchange.writers.contents import Column, Kind, ReleaseContents, Table
from outcomes.exchange.writers.dataset_json import instant
from outcomes.exchange.writers.delimited import MISSING
from outcomes.exchange.writers.manifest import Written
from outcomes.terms import Language

TYPES = {Kind.TEXT: "string", Kind.CODE: "string", Kind.INTEGER: "integer", Kind.NUMBER: "number"}


def datapackage(contents: ReleaseContents, tables: Iterable[Table], written: Mapping[str, Written]) -> dict[str, Any]:
    """Describe every table with its columns, sizes and sums.

    References:
        https://specs.frictionlessdata.io/data-package/ and /table-schema/
    """
    return {
        "profile": "tabular-data-package",
        "name": _slug(contents.release),
        "title": contents.title,
        "created": instant(contents.as_of),
        "resources": [_resource(table, written) for table in tables],
    }


def _slug(text: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in text.lower()) or "release"


def _resource(table: Table, written: Mapping[str, Written]) -> dict[str, Any]:
    path = f"data/csv/{table.name}.csv"
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "title": table.title[Language.ENGLISH],
        "path": path,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": written[path].size,
        "hash": f"sha256:{written[path].sha256}",
        "schema": _schema(table),
    }


def _schema(table: Table) -> dict[str, Any]:
    told: dict[str, Any] = {"fields": [_field(column) for column in table.columns], "missingValues": [MISSING]}
    if table.key:
        told["primaryKey"] = list(table.key)
    if table.name != "patients" and "patient" in table.names:
        reference = {"resource": "patients", "fields": "patient"}
        told["foreignKeys"] = [{"fields": "patient", "reference": reference}]
    return told


def _field(column: Column) -> dict[str, Any]:
    told = {"name": column.name, "type": TYPES[column.kind], "title": column.title[Language.ENGLISH]}
    limits: dict[str, Any] = {} if column.may_be_missing else {"required": True}
    if column.codes:
        limits["enum"] = [str(code.code) for code in column.codes]
    return told | {"constraints": limits} if limits else told
