"""`import`: a clinic's own table into the records, dry or for good. Progress and problems go to standard error."""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from outcomes.access.scope import EVERYTHING, Actor, scope_of
from outcomes.actions.import_ import (
    ImportDesk,
    ImportOutcome,
    ImportRefused,
    described,
    dry_run,
    import_file,
    read_with,
    remembered_mapping,
)
from outcomes.actions.importing.clinics import ClinicName, clinics
from outcomes.actions.work import Work
from outcomes.exchange.readers.columns import TimeKind
from outcomes.exchange.readers.mapping import ColumnMapping, Layout, mapping_of, read_mapping
from outcomes.exchange.readers.planned import ImportCounts, ImportPlan
from outcomes.exchange.readers.problems import ImportProblem, MappingRefused, ProblemCode, UnreadableFile, refuse
from outcomes.exchange.readers.redcap import is_redcap
from outcomes.exchange.readers.said import counts_said, problem_said, rest_said
from outcomes.exchange.readers.sent import Sent, told_apart
from outcomes.exchange.readers.suggest import suggest
from outcomes.exchange.readers.table import Limits, Table
from outcomes.instruments.catalogue import load_catalogue
from outcomes.instruments.errors import InstrumentFileError
from outcomes.records.queries.days import today_in
from outcomes.records.sealing import KeyRing
from outcomes.records.session import act_as, new_session, open_engine, with_retry
from outcomes.settings import Settings
from outcomes.terms import Language, Role
from outcomes.voice import N_, Voice

REFUSED = 2
MOST_TOLD = 100
SINGLE = (
    *("layout", "time", "anchor", "route", "material", "answered_by", "language"),
    *("date_format", "decimal", "encoding", "sheet"),
)
WHOLE = re.compile(r"-?[0-9]+")
DELIMITERS = {"tab": "\t", "semicolon": ";", "comma": ","}


class CommandRefused(Exception):  # noqa: N818 - what happened to the command
    """The command cannot be carried out as it was typed."""


def add_commands(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "import",
        help="take over a clinic's own table (.csv, .xlsx)",
        description="Reads a table with a row a visit (long) or a row a patient (wide) into the records: "
        "all of it or none of it. See docs/import.md.",
    )
    parser.add_argument("file", type=Path, help="the table: .csv in any usual encoding, or .xlsx; or a REDCap .zip")
    parser.add_argument("--dictionary", type=Path, help="the data dictionary of a REDCap file")
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="FILE.json|KEY=COLUMN",
        help="what the columns mean: a mapping file, or keys such as patient=id, hamd.total=hamd, chalder11:3=q3",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be written, and write nothing")
    parser.add_argument("--suggest", action="store_true", help="print a mapping guessed from the names of the columns")
    parser.add_argument("--clinic", help="name or id of the clinic, when there are several")
    parser.add_argument("--json", action="store_true", help="print the result for a program to read")
    _add_reading(parser)
    _add_writing(parser)
    parser.set_defaults(run=run)


def _add_reading(parser: argparse.ArgumentParser) -> None:
    """Options on what the rows mean."""
    parser.add_argument("--layout", choices=[each.value for each in Layout], help="a row a visit, or a row a patient")
    parser.add_argument("--time", choices=[each.value for each in TimeKind], help="how times are written")
    parser.add_argument("--at", action="append", metavar="TIME|VISIT=TIME", help="a fixed time in place of a column")
    parser.add_argument("--anchor", metavar="YYYY-MM-DD", help="the day from which times are counted")
    parser.add_argument("--label", action="append", metavar="LABEL=DAY|POINT", help="what a visit's name stands for")
    parser.add_argument("--where", action="append", metavar="COLUMN=TEXT", help="only rows with this text")
    parser.add_argument("--missing", action="append", metavar="TEXT", help="a sign for a missing value")
    parser.add_argument("--comparison", action="append", metavar="ARM", help="an arm that is a comparison arm")
    parser.add_argument("--route", help="how FMT was given, when no column says it")
    parser.add_argument("--material", help="what was given, when no column says it")
    parser.add_argument("--answered-by", help="who gave the answers (default: paper)")
    parser.add_argument("--language", help="the language of the questionnaires (default: the clinic's)")


def _add_writing(parser: argparse.ArgumentParser) -> None:
    """Options on how the file is written."""
    parser.add_argument("--date-format", metavar="DD.MM.YYYY", help="how dates are written (default: YYYY-MM-DD)")
    parser.add_argument("--decimal", choices=[".", ","], help="the decimal sign (default: recognised by column)")
    parser.add_argument("--encoding", help="utf-8, utf-16, windows-1254 … (default: recognised)")
    parser.add_argument("--delimiter", help="the sign between cells: ; , tab (default: recognised)")
    parser.add_argument("--sheet", help="the sheet of a workbook (default: the first)")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Carry out the command.

    Returns:
        0 when the file was imported, or could be (--dry-run); 2 when it was refused.
    """
    engine = open_engine(settings.database_url, settings.audit_key, EVERYTHING)
    voice = Voice(Language.ENGLISH)
    try:
        clinic = _clinic(engine, args.clinic)
        voice = Voice(clinic.language)
        return _carry_out(args, settings, engine, clinic, voice)
    except (UnreadableFile, MappingRefused) as error:
        return _refused(args, voice, error.problems, len(error.problems), None)
    except ImportRefused as error:
        return _refused(args, voice, error.plan.problems, error.plan.problem_count, error.plan.counts)
    except (CommandRefused, InstrumentFileError, OSError) as error:
        print(error, file=sys.stderr)
        return REFUSED
    finally:
        engine.dispose()


def _carry_out(args: argparse.Namespace, settings: Settings, engine: Engine, clinic: ClinicName, voice: Voice) -> int:
    """Read the file, then suggest, try or import."""
    sent = told_apart(_bytes(args.file), _bytes(args.dictionary) if args.dictionary else b"")
    actor, keys, now = Actor(clinic.id, None, Role.ADMINISTRATOR), KeyRing(settings.master_keys), datetime.now(UTC)
    catalogue = load_catalogue(settings.packs)
    with new_session(engine, read_only=True) as session:
        desk = ImportDesk(scope_of(actor), session, keys, catalogue, today_in(clinic.time_zone, now))
        mapping = _meant(args, desk, sent)
        if args.suggest:
            print(mapping.as_json(), end="")
            return 0
        if args.dry_run:
            return _tried(args, voice, dry_run(desk, read_with(sent.data, mapping), mapping))

    def import_all() -> ImportOutcome:
        with new_session(engine) as session:
            act_as(session, actor.name_in_trail, "import")
            work = Work(session, actor, keys, catalogue, now)
            outcome = import_file(work, sent.data, mapping, Progress())
            session.commit()
        return outcome

    return _imported(args, voice, with_retry(import_all))


def _clinic(engine: Engine, wanted: str | None) -> ClinicName:
    """Return the one clinic, or the one that is named."""
    with new_session(engine, read_only=True) as session:
        found = clinics(session, wanted)
        if len(found) == 1:
            return found[0]
        names = ", ".join(f"{clinic.name} ({clinic.id})" for clinic in clinics(session))
    if not names:
        raise CommandRefused("there is no clinic yet: python -m outcomes init makes one")
    raise CommandRefused(f"say which clinic with --clinic: {names}")


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(Limits().size + 1)


def _meant(args: argparse.Namespace, desk: ImportDesk, sent: Sent) -> ColumnMapping:
    """Return what the columns mean: as a dictionary, the mapping files and the options say, or as remembered."""
    said = _mapping(args, {})
    table = read_with(sent.data, said)
    if sent.dictionary is not None:
        told = described(desk, table, sent.dictionary)
        known = None if told.complete or args.map else remembered_mapping(desk.scope, desk.session, table)
        return _mapping(args, (known or told.mapping).as_data())
    if args.suggest:
        return suggest(table, desk.catalogue, desk.today)
    return said if args.map else _remembered(desk, table, args)


def _mapping(args: argparse.Namespace, before: Mapping[str, Any]) -> ColumnMapping:
    """Put together what is known before, the mapping files, and what the options add to them."""
    data: dict[str, Any] = dict(before)
    for each in args.map:
        if "=" in each:
            key, column = _pair(each, "--map")
            data["columns"] = {**data.get("columns", {}), key: column}
        else:
            read = read_mapping(Path(each).read_text(encoding="utf-8")).as_data()
            data = {**data, **read, "columns": {**data.get("columns", {}), **read.get("columns", {})}}
    return mapping_of(_with_options(data, args))


def _with_options(data: Mapping[str, Any], args: argparse.Namespace) -> dict[str, Any]:
    """Return a mapping's data with the options in place of what it said."""
    said = {name: getattr(args, name) for name in SINGLE if getattr(args, name) is not None}
    if args.delimiter is not None:
        said["delimiter"] = DELIMITERS.get(args.delimiter, args.delimiter)
    for name in ("missing", "comparison"):
        if getattr(args, name):
            said[name] = getattr(args, name)
    if args.at:
        said["at"] = dict(_pair(each, "--at") if "=" in each else ("", each) for each in args.at)
    if args.label:
        pairs = [_pair(each, "--label") for each in args.label]
        said["labels"] = {label: int(day) if WHOLE.fullmatch(day) else day for label, day in pairs}
    if args.where:
        said["where"] = _where(args.where)
    return {**data, **said}


def _where(options: Iterable[str]) -> dict[str, list[str]]:
    """Gather the texts wanted of each column."""
    wanted: dict[str, list[str]] = {}
    for column, text in (_pair(each, "--where") for each in options):
        wanted.setdefault(column, []).append(text)
    return wanted


def _pair(text: str, option: str) -> tuple[str, str]:
    """Cut "left=right"."""
    left, sign, right = text.partition("=")
    if not (sign and left and right):
        raise CommandRefused(f"{option} {text}: NAME=VALUE is needed")
    return left, right


def _remembered(desk: ImportDesk, table: Table, args: argparse.Namespace) -> ColumnMapping:
    """Return the mapping of the last file with these columns, with the options in place of what it said."""
    found = remembered_mapping(desk.scope, desk.session, table)
    if found is None and is_redcap(table):
        raise refuse(ProblemCode.DICTIONARY_MISSING)
    if found is None:
        raise CommandRefused("no file with these columns was imported before: say what they mean with --map")
    return mapping_of(_with_options(found.as_data(), args))


class Progress:
    """Tells how far an import has come, at every tenth of the way."""

    def __init__(self) -> None:
        self.told = 0

    def __call__(self, done: int, total: int) -> None:
        """Tell when another tenth is done."""
        tenths = done * 10 // total
        if tenths > self.told:
            self.told = tenths
            print(f"{done}/{total}", file=sys.stderr, flush=True)


def _tried(args: argparse.Namespace, voice: Voice, plan: ImportPlan) -> int:
    """Tell what a dry run found."""
    if not plan.ready:
        return _refused(args, voice, plan.problems, plan.problem_count, plan.counts)
    if args.json:
        _print_json(dry_run=True, imported=False, counts=asdict(plan.counts), problems=[])
    else:
        print(voice.say(N_("Dry run: nothing was written. An import would write:")))
        _print_counts(voice, plan.counts)
    return 0


def _imported(args: argparse.Namespace, voice: Voice, outcome: ImportOutcome) -> int:
    """Tell what was written."""
    run_id = None if outcome.run_id is None else str(outcome.run_id)
    if args.json:
        _print_json(dry_run=False, imported=True, run=run_id, counts=asdict(outcome.counts), problems=[])
    else:
        print(voice.say(N_("Imported:")))
        _print_counts(voice, outcome.counts)
    return 0


def _print_counts(voice: Voice, counts: ImportCounts) -> None:
    for line in (*counts_said(voice, counts), *rest_said(voice, counts)):
        print(f"  {line}")


def _refused(
    args: argparse.Namespace, voice: Voice, problems: Sequence[ImportProblem], count: int, counts: ImportCounts | None
) -> int:
    """Tell every problem; nothing was written."""
    if args.json:
        told = [problem.as_data() | {"message": problem_said(voice, problem)} for problem in problems]
        known = None if counts is None else asdict(counts)
        _print_json(dry_run=args.dry_run, imported=False, counts=known, problems=told, problem_count=count)
    for problem in problems[:MOST_TOLD]:
        print(problem_said(voice, problem), file=sys.stderr)
    if count > MOST_TOLD:
        more = count - MOST_TOLD
        print(voice.count("and %(n)s more problem", "and %(n)s more problems", more), file=sys.stderr)
    print(voice.say(N_("The file was not imported. Nothing was written.")), file=sys.stderr)
    return REFUSED


def _print_json(**values: object) -> None:
    print(json.dumps(values, ensure_ascii=False))
