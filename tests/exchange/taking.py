"""For the tests of taking in: any record that can be taken in, what of it travels, and rows without their ids."""

import json
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import strategies as st

from outcomes.actions.activities import LONGEST_ACTIVITY
from outcomes.actions.diary import DIARY
from outcomes.actions.taking_in.rows import given_from
from outcomes.actions.taking_in.scores import rows_of
from outcomes.exchange.writers import own_record as own
from outcomes.exchange.writers.fhir import as_bundle
from outcomes.instruments.catalogue import load_catalogue
from outcomes.terms import (
    AnsweredBy,
    AssessmentState,
    Comorbidity,
    EventOutcome,
    Language,
    Material,
    Seriousness,
    Sex,
)
from outcomes.voice import Voice
from tests.factories import NOON, TODAY

CATALOGUE = load_catalogue()
DAYS = st.dates(date(1990, 1, 1), TODAY)
MOMENTS = st.datetimes(datetime(2000, 1, 1), NOON.replace(tzinfo=None), timezones=st.just(UTC))  # noqa: DTZ001 - made aware
SIGNS = st.characters(codec="utf-8", exclude_characters="\x00")
TEXTS = st.one_of(
    st.sampled_from(["=1+1", 'İğne, ağrı; "x"', "a\u2028b", "\x0bvertical", "50 %s %(n)s"]),
    st.text(SIGNS, min_size=1, max_size=60),
)
SAID = TEXTS.map(str.strip).filter(bool)
PROGRESS = ("own_fatigue", "chalder11", "promis_fatigue_8a", "hads", "fss9", "own_change")


def file_of(record):
    """The file of a record, as the program writes it."""
    return json.dumps(as_bundle(record, CATALOGUE), ensure_ascii=False).encode()


def rows(kind, most=3, **given):
    """Rows of a kind that its form would accept, with new ids."""
    hints = {name: _of(kind, name, hint) for name, hint in kind.__annotations__.items() if name not in given}
    return st.lists(st.builds(kind, **hints, **given), max_size=most).map(tuple)


def _of(kind, name, hint):
    plain = {
        UUID: st.builds(uuid4),
        str: SAID,
        date: DAYS,
        datetime: MOMENTS,
        float: st.floats(0, 100),
        int: st.integers(0, 10),
    }
    for known, strategy in plain.items():
        if hint in (known, known | None):
            return strategy if hint is known else st.none() | strategy
    return st.from_type(hint)


@st.composite
def filled(draw, visit):
    """Some questionnaires of a visit, answered in any way that their keys permit."""
    made = []
    for code in draw(st.lists(st.sampled_from(PROGRESS), unique=True, max_size=3)):
        instrument = CATALOGUE[code]
        answers = {item.code: draw(st.sampled_from(item.choices)) for item in instrument.items if draw(st.booleans())}
        days = draw(st.none() | st.just({each.code: visit.on_date.isoformat() for each in instrument.items[:2]}))
        form = own.FilledRow(
            id=uuid4(),
            visit_id=visit.id,
            instrument=code,
            key_version=instrument.version,
            form_version=draw(st.none() | SAID),
            language=draw(st.sampled_from(Language)),
            wording_version=draw(st.none() | SAID),
            answered_by=draw(st.sampled_from(AnsweredBy)),
            state=draw(st.sampled_from(AssessmentState)),
            started_at=draw(st.none() | MOMENTS),
            finished_at=draw(st.none() | MOMENTS),
            answers=answers,
            totals={},
            given_on=days or None,
        )
        made.append(form)
    return made


def scores_of(record):
    """The scores that the answers of a record give."""
    visits, found = {each.id: each for each in record.visits}, []
    for row in record.filled:
        ids = {"clinic_id": row.id, "patient_id": row.id, "id": row.id}
        _, computed = rows_of(CATALOGUE.get(row.instrument, row.key_version), row, visits[row.visit_id], ids)
        for each in computed:
            told = {name: value for name, value in each.items() if name not in {"clinic_id", "patient_id"}}
            found.append(own.ScoreRow(visit_id=row.visit_id, **told))
    return tuple(found)


@st.composite
def records(draw):
    """Any record that this program could have written and another clinic can take in."""
    zones = st.sampled_from(["Europe/Istanbul", "UTC", "America/Lima"])
    visits = draw(rows(own.VisitRow, time_zone=zones))
    courses = draw(rows(own.CourseRow, indication=SAID))
    courses = tuple(replace(each, number=number) for number, each in enumerate(courses, start=1))
    given = _infusions(draw, courses)
    activities = draw(rows(own.ActivityRow, words=SAID.filter(lambda words: len(words) <= LONGEST_ACTIVITY)))
    record = own.WholeRecord(
        as_of=NOON - timedelta(hours=1),
        clinic=draw(st.sampled_from(["Marmara", "Ege"])),
        person=_person(draw),
        definitions=draw(rows(own.DefinitionRow)),
        consents=draw(rows(own.ConsentRow)),
        endings=draw(rows(own.EndingRow, most=1)),
        arms=tuple(map(_opened, draw(rows(own.ArmRow, most=1, label=SAID, comparison=st.booleans())))),
        courses=courses,
        infusions=given,
        visits=visits,
        filled=tuple(each for visit in visits for each in draw(filled(visit))),
        exposures=draw(rows(own.ExposureRow, text=SAID, started_on=st.dates(date(1990, 1, 1), date(2000, 1, 1)),
                            ended_on=st.none() | st.dates(date(2001, 1, 1), TODAY))),
        events=_events(draw, given),
        activities=activities,
        activity_scores=_scored(draw, activities, visits),
        diary=draw(st.dictionaries(st.tuples(st.sampled_from(DIARY), DAYS), st.integers(0, 10), max_size=4).map(_taps)),
        reports=tuple(
            replace(draw(st.builds(own.ReportRow, **{n: _of(own.ReportRow, n, h) for n, h in _hints(own.ReportRow)})),
                    visit_id=each.id) for each in visits[:2]
        ),
    )  # fmt: skip
    return replace(record, scores=scores_of(record))


def _opened(arm):
    """An arm whose label can be read was never hidden, or is so no more."""
    return replace(arm, blinded=arm.unblinded_on is not None)


def _hints(kind):
    return kind.__annotations__.items()


def _person(draw):
    years = st.integers(1995, 2020)
    built = {
        "birth_date": st.none() | st.dates(date(1930, 1, 1), date(1990, 1, 1)),
        "country": st.sampled_from([None, "TR", "DE"]),
        "onset_year": years,
        "onset_month": st.none() | st.integers(1, 12),
        "code": st.text("ABC123-", min_size=1, max_size=12),
        "comorbidities": st.lists(st.sampled_from(Comorbidity), unique=True).map(
            lambda found: tuple(each for each in Comorbidity if each in found)
        ),
        "sex": st.sampled_from(Sex),
    }
    rest = {name: _of(own.PersonRow, name, hint) for name, hint in _hints(own.PersonRow) if name not in built}
    return draw(st.builds(own.PersonRow, **built, **rest))


def _infusions(draw, courses):
    hints = {name: _of(own.InfusionRow, name, hint) for name, hint in _hints(own.InfusionRow)}
    hints |= {
        "on_date": st.dates(date(2010, 1, 1), TODAY),
        "thawed_on": st.none() | st.dates(date(2000, 1, 1), date(2009, 1, 1)),
        "material": st.sampled_from(Material),
    }
    made = [draw(st.builds(own.InfusionRow, **hints | {"course_id": st.just(each.id)})) for each in courses]
    return tuple(made)


def _events(draw, infusions):
    hints = {name: _of(own.EventRow, name, hint) for name, hint in _hints(own.EventRow)}
    hints |= {
        "term": SAID,
        "grade": st.integers(1, 4),
        "started_on": st.dates(date(1990, 1, 1), date(2000, 1, 1)),
        "ended_on": st.none() | st.dates(date(2001, 1, 1), TODAY),
        "seriousness": st.sampled_from([None, Seriousness.HOSPITALISATION]),
        "outcome": st.sampled_from([EventOutcome.RECOVERED, EventOutcome.UNKNOWN]),
        "infusion_id": st.sampled_from([None, *(each.id for each in infusions)]),
    }
    return draw(st.lists(st.builds(own.EventRow, **hints), max_size=3).map(tuple))


def _scored(draw, activities, visits):
    pairs = [(one, visit) for one in activities for visit in visits]
    chosen = draw(st.lists(st.sampled_from(pairs), unique_by=lambda pair: (pair[0].id, pair[1].id))) if pairs else []
    return tuple(own.ActivityScoreRow(one.id, v.id, v.on_date, draw(st.integers(0, 10))) for one, v in chosen)


def _taps(values):
    return tuple(own.DiaryRow(scale, on_date, value) for (scale, on_date), value in values.items())


def travelled(record, code=None, language=Language.ENGLISH):
    """What the record must be in the other clinic: everything but what is documented as not travelling."""
    hidden = {each.id for each in record.infusions if each.material is None}
    events = (replace(each, infusion_id=None) if each.infusion_id in hidden else each for each in record.events)
    return replace(
        record,
        person=replace(record.person, code=code or record.person.code),
        consents=(),
        arms=tuple(each for each in record.arms if each.label is not None),
        infusions=tuple(_infusion(each, record, language) for each in record.infusions if each.id not in hidden),
        events=tuple(events),
        filled=tuple(_unsigned(each) for each in record.filled),
        reports=tuple(replace(each, by_carer=False, reviewer=None) for each in record.reports),
    )


def _unsigned(row):
    signed = row.state is AssessmentState.SIGNED
    return replace(row, state=AssessmentState.COMPLETE) if signed else row


def _infusion(row, record, language):
    told = [row.note, given_from(Voice(language), record.clinic, row)]
    note = "\n".join(filter(None, told)) or None
    return replace(row, donor_code=None, lot_number=None, lot_recalled_on=None, note=note)


def without_ids(record):
    """The rows of a record by kind, in any order, each id replaced by what the row of this id says."""
    lists = {each.name: getattr(record, each.name) for each in fields(record) if each.name not in {"as_of", "clinic"}}
    lists["person"] = (lists["person"],)
    names = {}
    for _ in range(2):  # what points to a row that points to another
        for found in lists.values():
            for row in found:
                if hasattr(row, "id"):
                    names[row.id] = _said(row, names)
    return {kind: sorted(_said(row, names) for row in found) for kind, found in lists.items()}


def _said(row, names):
    assert is_dataclass(row)
    told = ((each.name, getattr(row, each.name)) for each in fields(row) if each.name != "id")
    return repr([(name, names.get(value, "?") if isinstance(value, UUID) else _plain(value)) for name, value in told])


def _plain(value):
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return sorted((k, _plain(v)) for k, v in value.items()) if isinstance(value, dict) else value
