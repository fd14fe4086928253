"""Civil days: today where the clinic is, and day arithmetic that both databases understand."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


def today_in(zone: str, now: datetime) -> date:
    """The civil date in a time zone at an instant.

    Raises:
        ValueError: if the instant has no time zone.
    """
    if now.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return now.astimezone(ZoneInfo(zone)).date()


class days_after(FunctionElement[date]):  # noqa: N801 - reads as the function it is in a statement
    """`days_after(column, n)`: the date n days after a date."""

    type = Date()
    inherit_cache = True


class days_from(FunctionElement[int]):  # noqa: N801 - reads as the function it is in a statement
    """`days_from(start, end)`: how many days after `start` the date `end` lies."""

    type = Integer()
    inherit_cache = True


def _two(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> tuple[str, str]:  # noqa: ANN401 - the compiler's own
    first, second = element.clauses
    return compiler.process(first, **options), compiler.process(second, **options)


@compiles(days_after, "sqlite")
def _after_on_sqlite(element: days_after, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - the compiler's own
    start, days = _two(element, compiler, **options)
    return f"date({start}, ({days}) || ' days')"


@compiles(days_after, "postgresql")
def _after_on_postgresql(element: days_after, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - the compiler's own
    start, days = _two(element, compiler, **options)
    return f"({start} + CAST({days} AS integer))"


@compiles(days_from, "sqlite")
def _from_on_sqlite(element: days_from, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - the compiler's own
    start, end = _two(element, compiler, **options)
    return f"CAST(julianday({end}) - julianday({start}) AS INTEGER)"


@compiles(days_from, "postgresql")
def _from_on_postgresql(element: days_from, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - the compiler's own
    start, end = _two(element, compiler, **options)
    return f"({end} - {start})"


Day = ColumnElement[date]
