"""A table written long or wide, in any dress, is read back as what was written."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exchange.making import CATALOGUE, planned, streamed_workbook, told

FSS = CATALOGUE["fss9"]
ITEMS = [item.code for item in FSS.items]
DATES = st.dates(date(2015, 1, 1), date(2026, 5, 1))
CODES = st.text("abcdefgçğıöşüABCDEFGÇĞİÖŞÜ0123456789-_", min_size=1, max_size=8)
FORM = st.tuples(
    st.integers(331, 850).map(lambda x: x / 10),
    st.lists(st.none() | st.integers(1, 7), min_size=9, max_size=9),
)
VISITS = st.dictionaries(DATES, FORM, min_size=1, max_size=4)
CLINIC = st.dictionaries(CODES, VISITS, min_size=1, max_size=5).filter(
    lambda people: len({code.casefold().replace("̇", "").replace("ı", "i") for code in people}) == len(people)
)
DRESS = st.tuples(
    st.sampled_from([("utf-8", ";"), ("utf-8-sig", ","), ("utf-16", "\t"), ("utf-16-le", ";"), ("cp1254", ";")]),
    st.sampled_from(["YYYY-MM-DD", "DD.MM.YYYY", "M/D/YYYY"]),
    st.sampled_from(".,"),
)
WRITE = {
    "YYYY-MM-DD": lambda day: day.isoformat(),
    "DD.MM.YYYY": lambda day: f"{day:%d.%m.%Y}",
    "M/D/YYYY": lambda day: f"{day.month}/{day.day}/{day.year}",
}
KEYS = {"promis_fatigue_8a.t": "t"} | {f"fss9:{code}": f"f{code}" for code in ITEMS}


def _cells(form, decimal):
    total, answers = form
    return [f"{total:g}".replace(".", decimal), *("" if answer is None else str(answer) for answer in answers)]


def _file(header, rows, dress):
    (encoding, sep), _, _ = dress
    lines = [header, *rows]
    return "".join(sep.join(f'"{cell}"' for cell in line) + "\r\n" for line in lines).encode(encoding)


def _written(people):
    """What the plan must hold: totals and given answers by patient and day."""
    return {
        (code, day): (
            {"t": form[0]},
            {i: float(a) for i, a in zip(ITEMS, form[1], strict=True) if a is not None},
        )
        for code, visits in people.items()
        for day, form in visits.items()
    }


def _read(plan):
    found = {}
    for visit in plan.visits:
        forms = {each.instrument.code: each for each in visit.assessments}
        answers = forms["fss9"].answers if "fss9" in forms else {}
        found[visit.patient, visit.on_date] = (forms["promis_fatigue_8a"].totals, answers)
    return found


@settings(max_examples=60, deadline=None)
@given(CLINIC, DRESS)
def test_a_long_table_is_read_back(people, dress):
    _, written, decimal = dress
    header = ["code", "day", *KEYS.values()]
    rows = [
        [code, WRITE[written](day), *_cells(form, decimal)]
        for code, visits in people.items()
        for day, form in visits.items()
    ]
    mapping = {"columns": {"patient": "code", "time": "day", **KEYS}, "date_format": written, "decimal": decimal}
    plan = planned(_file(header, rows, dress), mapping)
    assert told(plan) == []
    assert _read(plan) == _written(people)


@settings(max_examples=60, deadline=None)
@given(CLINIC, DRESS)
def test_a_wide_table_is_read_back(people, dress):
    _, written, decimal = dress
    most = max(map(len, people.values()))
    columns = {"patient": "code"}
    for n in range(most):
        columns |= {f"time@T{n}": f"day {n}"} | {f"{key}@T{n}": f"{name} {n}" for key, name in KEYS.items()}
    empty = [""] * (1 + len(KEYS))
    rows = []
    for code, visits in people.items():
        groups = [[WRITE[written](day), *_cells(form, decimal)] for day, form in visits.items()]
        groups += [empty] * (most - len(groups))
        rows.append([code, *(cell for group in groups for cell in group)])
    mapping = {"layout": "wide", "columns": columns, "date_format": written, "decimal": decimal}
    plan = planned(_file(list(columns.values()), rows, dress), mapping)
    assert told(plan) == []
    assert _read(plan) == _written(people)


@settings(max_examples=25, deadline=None)
@given(CLINIC)
def test_a_workbook_is_read_back(people):
    rows = [[code, day, form[0], *form[1]] for code, visits in people.items() for day, form in visits.items()]
    content = streamed_workbook(["code", "day", *KEYS.values()], *rows)
    plan = planned(content, {"columns": {"patient": "code", "time": "day", **KEYS}})
    assert told(plan) == []
    assert _read(plan) == _written(people)
