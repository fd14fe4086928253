"""Importing a clinic's own table: send the file, say what its columns mean, look at a dry run, import.

A REDCap file comes with its data dictionary, which says what the columns mean as far as it can.

A member has one file on its way at a time, so the pages need no id. The import itself happens in the request that asks
for it: all of it is one transaction. Meanwhile the page asks how far it has come; it may be left.
"""

from http import HTTPStatus

from flask import Response, after_this_request, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions.import_ import (
    ImportDesk,
    ImportRefused,
    described,
    dry_run,
    import_file,
    read_with,
    remembered_mapping,
)
from outcomes.actions.importing.waiting import WaitingFile, WaitingRoom
from outcomes.exchange.readers.mapping import ColumnMapping
from outcomes.exchange.readers.planned import ImportCounts, ImportPlan
from outcomes.exchange.readers.problems import ImportProblem, ProblemCode, UnreadableFile, refuse
from outcomes.exchange.readers.redcap import is_redcap
from outcomes.exchange.readers.redcap_mapping import Described
from outcomes.exchange.readers.said import counts_said, problem_said, rest_said
from outcomes.exchange.readers.sent import told_apart
from outcomes.exchange.readers.suggest import suggest
from outcomes.exchange.readers.table import Limits, Table
from outcomes.records.queries.imports import import_runs
from outcomes.voice import N_
from outcomes.web.clinic import blueprint
from outcomes.web.clinic.import_form import ColumnRow, MappingEntry, asked, column_rows, filled, typed_rows
from outcomes.web.clinic.import_words import meanings
from outcomes.web.database import catalogue, reading, records, today, voice, work
from outcomes.web.i18n import say
from outcomes.web.member import own_membership, the_member
from outcomes.web.security import allow

SHOWN = 100
OF_DICTIONARIES = {
    ProblemCode.DICTIONARY_WRONG,
    ProblemCode.DICTIONARY_UNREADABLE,
    ProblemCode.DICTIONARY_MISSING,
    ProblemCode.DICTIONARY_OTHER,
    ProblemCode.DICTIONARY_TWICE,
    ProblemCode.DICTIONARY_CHOICES,
}


@blueprint.get("/import")
@allow(Access.CLINICIANS)
def imports() -> ResponseReturnValue:
    """Show where a file is sent from, the file that waits, and what was imported."""
    return _start()


@blueprint.post("/import")
@allow(Access.CLINICIANS)
def send_file() -> ResponseReturnValue:
    """Keep a file that can be read as a table, with its dictionary if it has one; refuse another with every reason."""
    mapping = ColumnMapping(sheet=request.form.get("sheet", "").strip() or None)
    try:
        sent = told_apart(_content("file"), _content("dictionary"))
        table = read_with(sent.data, mapping)
        _check_rows(table)
        told = _described(table, sent.dictionary)
    except UnreadableFile as refused:
        return _start(refused.problems), HTTPStatus.UNPROCESSABLE_ENTITY
    room, file = _room(), request.files.get("file")
    room.keep((file.filename if file else None) or "", sent.data, sent.dictionary)
    if told and told.complete:
        room.keep_mapping(told.mapping)
        return redirect(url_for("clinic.check_import"))
    if mapping.sheet:
        room.keep_mapping(_guessed(table, told).written_like(mapping))
    return redirect(url_for("clinic.import_columns"))


@blueprint.get("/import/columns")
@allow(Access.CLINICIANS)
def import_columns() -> ResponseReturnValue:
    """Show the columns of the file that waits and what they are taken to mean."""
    waiting = _room().found()
    if waiting is None:
        return redirect(url_for("clinic.imports"))
    mapping = waiting.mapping or ColumnMapping()
    table = read_with(waiting.content, mapping)
    told = _still_described(table, waiting.dictionary)
    mapping = waiting.mapping or _guessed(table, told)
    known = meanings(voice(), catalogue())
    return _columns(filled(mapping), waiting, column_rows(table, mapping, known, told), known)


@blueprint.post("/import/columns")
@allow(Access.CLINICIANS)
def choose_columns() -> ResponseReturnValue:
    """Keep what the columns are said to mean, and try it."""
    room, form = _room(), MappingEntry()
    waiting = room.found()
    if waiting is None:
        return redirect(url_for("clinic.imports"))
    table = read_with(waiting.content, waiting.mapping or ColumnMapping())
    told = _still_described(table, waiting.dictionary)
    before, known = waiting.mapping or _guessed(table, told), meanings(voice(), catalogue())
    mapping = asked(form, table, before, known)
    anew = None if mapping is None else _read_anew(form, waiting.content, mapping)
    if mapping is None or anew is None:
        return _columns(form, waiting, typed_rows(table, told), known), HTTPStatus.UNPROCESSABLE_ENTITY
    if anew.header == table.header:
        room.keep_mapping(mapping)
        return redirect(url_for("clinic.check_import"))
    room.keep_mapping(_guessed(anew, _still_described(anew, waiting.dictionary)).written_like(mapping))
    flash(say(N_("The file was read anew and has other columns now. Look at what they mean.")))
    return redirect(url_for("clinic.import_columns"))


@blueprint.get("/import/check")
@allow(Access.CLINICIANS)
def check_import() -> ResponseReturnValue:
    """Show what an import would write, or every problem that stands in its way."""
    waiting = _room().found()
    if waiting is None or waiting.mapping is None:
        return redirect(url_for("clinic.imports"))
    plan = dry_run(_desk(), read_with(waiting.content, waiting.mapping), waiting.mapping)
    return _checked(waiting, plan)


@blueprint.post("/import/run")
@allow(Access.CLINICIANS)
def run_import() -> ResponseReturnValue:
    """Import the file that waits: all of it, or nothing."""
    room = _room()
    waiting = room.found()
    if waiting is None or waiting.mapping is None:
        return redirect(url_for("clinic.imports"))
    try:
        outcome = import_file(work(), waiting.content, waiting.mapping, room.tell)
    except ImportRefused as refused:
        return _checked(waiting, refused.plan), HTTPStatus.UNPROCESSABLE_ENTITY
    after_this_request(lambda response: _cleared(room, response))
    flash(_summed(outcome.counts))
    return redirect(url_for("clinic.imports"))


@blueprint.post("/import/discard")
@allow(Access.CLINICIANS)
def discard_import() -> ResponseReturnValue:
    """Throw the waiting file away."""
    _room().throw_away()
    flash(say(N_("The file was thrown away. Nothing was written.")))
    return redirect(url_for("clinic.imports"))


@blueprint.get("/import/progress")
@allow(Access.CLINICIANS)
def import_progress() -> ResponseReturnValue:
    """Tell how many rows of how many are stored."""
    done, total = _room().told()
    return jsonify(done=done, total=total)


def _room() -> WaitingRoom:
    """The place of this member's file."""
    return WaitingRoom(records().settings.data, records().keys, the_member().actor.clinic_id, own_membership())


def _desk() -> ImportDesk:
    return ImportDesk(*reading(), records().keys, catalogue(), today())


def _content(name: str) -> bytes:
    """The bytes of a file that was sent; none when it was left out."""
    sent = request.files.get(name)
    return sent.stream.read(Limits().size + 1) if sent else b""


def _described(table: Table, dictionary: bytes | None) -> Described | None:
    """Return what the dictionary says; a REDCap file whose columns nobody explained before does not go without one."""
    if dictionary is not None:
        return described(_desk(), table, dictionary)
    if is_redcap(table) and remembered_mapping(*reading(), table) is None:
        raise refuse(ProblemCode.DICTIONARY_MISSING)
    return None


def _still_described(table: Table, dictionary: bytes | None) -> Described | None:
    """Return what the dictionary says; nothing when the file was read anew in a way that it does not know."""
    try:
        return None if dictionary is None else described(_desk(), table, dictionary)
    except UnreadableFile:
        return None


def _check_rows(table: Table) -> None:
    if not table.rows:
        raise refuse(ProblemCode.NO_ROWS)


def _guessed(table: Table, told: Described | None) -> ColumnMapping:
    """Return the mapping of the last file with these columns, else what its dictionary says, or a guess from names."""
    guess = told.mapping if told else suggest(table, catalogue(), today())
    return remembered_mapping(*reading(), table) or guess


def _read_anew(form: MappingEntry, content: bytes, mapping: ColumnMapping) -> Table | None:
    """Read the file as the form says it is written; the reasons against it go into the form."""
    try:
        return read_with(content, mapping)
    except UnreadableFile as refused:
        form.form_errors.extend(problem_said(voice(), problem) for problem in refused.problems)
        return None


def _cleared(room: WaitingRoom, response: Response) -> Response:
    """Throw the file away once the import is in the records."""
    if response.status_code < HTTPStatus.BAD_REQUEST:
        room.throw_away()
    return response


def _summed(counts: ImportCounts) -> str:
    return say(N_("Imported: %(counts)s."), counts=voice().join(counts_said(voice(), counts)))


def _start(problems: tuple[ImportProblem, ...] = ()) -> str:
    waiting = _room().found()
    told = [problem_said(voice(), problem) for problem in problems[:SHOWN]]
    runs = [(run, counts_said(voice(), ImportCounts(**run.counts))) for run in import_runs(*reading())]
    zone = the_member().place.time_zone
    wrong = "dictionary" if {problem.code for problem in problems} & OF_DICTIONARIES else "file" if problems else None
    return render_template("clinic/import.html", problems=told, wrong=wrong, waiting=waiting, runs=runs, zone=zone)


def _columns(form: MappingEntry, waiting: WaitingFile, rows: list[ColumnRow], known: dict[str, str]) -> str:
    return render_template("clinic/import_columns.html", form=form, name=waiting.name, rows=rows, meanings=known)


def _checked(waiting: WaitingFile, plan: ImportPlan) -> str:
    return render_template(
        "clinic/import_check.html",
        name=waiting.name,
        plan=plan,
        problems=[problem_said(voice(), problem) for problem in plan.problems[:SHOWN]],
        written=counts_said(voice(), plan.counts),
        rest=rest_said(voice(), plan.counts),
    )
