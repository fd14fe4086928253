"""`python -m outcomes analyse`: model, individual change and cohort of one scale in a file of scores."""

import argparse
import csv
import io
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outcomes.settings import Settings
from outcomes.terms import Better

if TYPE_CHECKING:
    from outcomes.change.analysis import Question, Row

MISSING = {"", "NA"}
DELIMITERS = ",;\t"
LARGEST = 1e100  # sums of squares of larger numbers leave what a computer can count
HELP = """Analyse one scale: how the cohort changed, how each person changed, and how sure that is.

Without --post-from the model is linear in time; with it, one level before and one after. The baseline is the mean of
the scores before that time; without it, the score at the earliest time of the file (where fewer than half of
the people have one then, each person's own first score). The follow-up is the score at --at, else the last one."""


class InputError(ValueError):
    """The file or the options cannot be used; the message is one line."""


def add_commands(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    command = subparsers.add_parser(
        "analyse",
        help="analyse one scale in a file of scores",
        description=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_argument("file", type=Path, metavar="FILE.csv", help="a table with one score a row and a header")
    for name, what in (("patient", "patient"), ("time", "time, a number"), ("score", "score")):
        command.add_argument(f"--{name}", required=True, metavar="COL", help=f"column of the {what}")
    command.add_argument(
        "--better", required=True, choices=[one.value for one in Better], help="which scores are better"
    )
    command.add_argument("--post-from", type=float, metavar="T", help="first time after treatment")
    command.add_argument("--at", type=float, metavar="T", help="time of the follow-up (default: the last score)")
    command.add_argument("--arm", metavar="COL", help="column of the group")
    command.add_argument("--control", metavar="LABEL", help="the comparison group's name in that column")
    command.add_argument("--sd", type=float, metavar="S", help="SD from which the measurement error follows")
    command.add_argument("--reliability", type=float, metavar="R", help="test-retest reliability")
    command.add_argument("--sem", type=float, metavar="S", help="standard error of measurement")
    command.add_argument("--mid", type=float, metavar="M", help="smallest important change")
    command.add_argument("--donor", metavar="COL", help="column of the donor")
    command.add_argument("--json", action="store_true", help="print one JSON object in full precision")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001 (every command has this shape)
    """Analyse the file and print the result."""
    from outcomes.change.analysis import TableError, analyse  # noqa: PLC0415 (loads numpy and scipy)

    try:
        question = _question(arguments)
        report = analyse(list(_rows(arguments)), question)
    except (InputError, TableError) as refusal:
        print(f"{arguments.file.name}: {refusal}", file=sys.stderr)
        return 2
    print(json.dumps(report, ensure_ascii=False, allow_nan=False) if arguments.json else _summary(report))
    return 0


def _question(arguments: argparse.Namespace) -> "Question":
    """Check the options that belong together."""
    from outcomes.change.analysis import Question  # noqa: PLC0415 (loads numpy and scipy)

    if (arguments.arm is None) != (arguments.control is None):
        raise InputError("--arm and --control belong together")
    for name in ("sd", "sem", "mid"):
        value = getattr(arguments, name)
        if value is not None and not 0 < value < LARGEST:
            raise InputError(f"--{name} must be a positive number")
    return Question(
        better=Better(arguments.better),
        post_from=_finite("post-from", arguments.post_from),
        at=_finite("at", arguments.at),
        sem=_sem(arguments),
        mid=arguments.mid,
        control=arguments.control,
        donors=arguments.donor is not None,
    )


def _finite(name: str, value: float | None) -> float | None:
    if value is not None and not abs(value) < LARGEST:
        raise InputError(f"--{name} must be a number")
    return value


def _sem(arguments: argparse.Namespace) -> float | None:
    """Return the standard error of measurement that the options give."""
    from outcomes.change.sensitivity import DefinitionError, measurement_error  # noqa: PLC0415 (loads numpy)

    if (arguments.sd is None) != (arguments.reliability is None):
        raise InputError("--sd and --reliability belong together")
    if arguments.sem is not None and arguments.sd is not None:
        raise InputError("give either --sem or --sd and --reliability")
    if arguments.sd is None:
        return None if arguments.sem is None else float(arguments.sem)
    try:
        return measurement_error(arguments.sd, arguments.reliability)
    except DefinitionError as refusal:
        raise InputError(str(refusal)) from None


@dataclass(frozen=True, slots=True)
class _Table:
    """The opened table: where each wanted column stands."""

    places: Mapping[str, int]
    lines: Iterator[tuple[int, list[str]]]

    def cell(self, cells: list[str], name: str) -> str:
        """Return a cell; empty where the column was not asked for or the row is short."""
        place = self.places.get(name)
        return cells[place] if place is not None and place < len(cells) else ""


def _rows(arguments: argparse.Namespace) -> "Iterator[Row]":
    """Read the rows of the table."""
    from outcomes.change.analysis import Row  # noqa: PLC0415 (loads numpy and scipy)

    table = _table(arguments)
    for line, cells in table.lines:
        patient, arm, donor = (table.cell(cells, name) for name in ("patient", "arm", "donor"))
        yield Row(
            patient="" if patient.strip() in MISSING else patient,
            time=_number(table.cell(cells, "time").strip(), "time", line),
            score=_number(table.cell(cells, "score").strip(), "score", line),
            arm="" if arm.strip() in MISSING else arm.strip(),
            donor="" if donor.strip() in MISSING else donor.strip(),
            line=line,
        )


def _number(cell: str, what: str, line: int) -> float | None:
    """Read a number; None where it is missing."""
    if cell in MISSING:
        return None
    try:
        value = float(cell)
    except ValueError:
        value = float("nan")
    if "_" in cell or not abs(value) < LARGEST:
        raise InputError(f"line {line}: the {what} is not a number")
    return value


def _table(arguments: argparse.Namespace) -> _Table:
    """Open the table and find its columns."""
    text = _text(arguments.file)
    wanted = {name: getattr(arguments, name) for name in ("patient", "time", "score", "arm", "donor")}
    columns = {name: column for name, column in wanted.items() if column is not None}
    numbered = _numbered(text, _delimiter(text, set(columns.values())))
    lines = ((number, cells) for number, cells in numbered if any(cell.strip() for cell in cells))
    _, header = next(lines, (0, []))
    names = [name.strip() for name in header]
    if not names:
        raise InputError("the file is empty")
    for column in columns.values():
        if names.count(column) != 1:
            raise InputError(f"column {column!r} is {'missing' if column not in names else 'there twice'}")
    return _Table({name: names.index(column) for name, column in columns.items()}, lines)


def _delimiter(text: str, columns: set[str]) -> str:
    """Choose the delimiter that shows most of the wanted columns in the header."""
    header = text.lstrip().partition("\n")[0]
    found = {one: set(next(csv.reader([header], delimiter=one), [])) & columns for one in DELIMITERS}
    return max(DELIMITERS, key=lambda one: len(found[one]))


def _numbered(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Read cells with the number of the line on which each row ends."""
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as broken:
        raise InputError(f"line {reader.line_num}: {broken}") from None


def _text(file: Path) -> str:
    """Read the file as UTF-8, with or without a byte-order mark."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as refusal:
        raise InputError(f"cannot be read ({refusal.strerror})") from None
    except UnicodeDecodeError:
        raise InputError("is not text in UTF-8") from None


def _summary(report: Mapping[str, Any]) -> str:
    """Say the result in a few lines for people."""
    cohort, model = report["cohort"], report["model"]
    beyond = f"beyond usual variation: {cohort['better']} better, {cohort['worse']} worse"
    lines = [
        f"{report['patients']} patients, {report['scores']} scores, {report['skipped_rows']} rows without a score",
        f"{beyond}; {cohort['unchanged']} within it; {cohort['missing']} without a follow-up",
    ]
    if cohort["sd_change"] is not None:
        lines.append(f"change of {cohort['n']}: mean {cohort['mean_change']:+.2f}, SD {cohort['sd_change']:.2f}")
    if model is not None:
        mean = model["fixed"]["change"]
        spread = model["variance"]["change"] ** 0.5
        lines.append(f"model: change {mean['estimate']:+.2f} (SE {mean['se']:.2f}), SD of true change {spread:.2f}")
    if report["comparison"] is not None:
        low, high = report["comparison"]["ci95"]
        response = report["comparison"]["sd_individual_response"]
        lines.append(f"SD of individual responses {response:.2f} (95 % interval {low:.2f} to {high:.2f})")
    lines.append("warnings: " + (", ".join(report["warnings"]) or "none"))
    return "\n".join(lines)
