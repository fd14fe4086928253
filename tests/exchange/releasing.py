"""An invented release: people, scores and tables, small or as large as a register, the same every time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from random import Random
from zipfile import ZipFile

from outcomes.change.windows import default_time_points
from outcomes.exchange.writers.contents import (
    MEASURED,
    NOT_KNOWN,
    WITHHELD,
    Code,
    Column,
    Kind,
    LongRow,
    Records,
    ReleaseContents,
    ReleasedDefinition,
    ReleasedKey,
    ReleasedScale,
    ReleasedVisit,
    Table,
)
from outcomes.exchange.writers.package import silent, write_package
from outcomes.exchange.writers.tables import absences
from outcomes.instruments.catalogue import LIBRARY, load_catalogue
from outcomes.privacy.tiers import Tier
from outcomes.terms import Absence, EventOutcome, Language, Material, Relation, Route, Sex

AS_OF = datetime(2026, 5, 3, 9, 40, tzinfo=UTC)
SCALES = ("chalder11.likert", "promis_fatigue_8a.t", "eq5d.index", "own_change.change")
PLAN = default_time_points()
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def titled(text):
    return {Language.ENGLISH: text, Language.TURKISH: f"{text} (tr)"}


def coded(words):
    return tuple(Code(str(word), titled(str(word).replace("_", " "))) for word in words)


@cache
def scales():
    catalogue = load_catalogue()
    known = [scale for scale in catalogue.scales() if scale.key in SCALES or scale.key.startswith("own_change")]
    return tuple(
        ReleasedScale(
            scale.key,
            catalogue.instrument_of(scale.key).code,
            scale.title,
            scale.domain.value,
            scale.minimum,
            scale.maximum,
            scale.better,
            scale.unit,
            scale.loinc,
        )
        for scale in known
    )


def visits():
    return tuple(ReleasedVisit(p.code, p.title, p.day, p.opens, p.closes) for p in PLAN)


def name_of(number):
    dice = Random(number)
    return "".join(dice.choices(LETTERS, k=6)) + f"{number:05}"


@dataclass(frozen=True)
class Scores:
    """Long rows in batches, made anew each time they are read: nothing of them is kept."""

    people: int
    batch: int = 2_000

    def __iter__(self) -> Iterator[list[LongRow]]:
        rows = []
        for number in range(self.people):
            rows += scores_of(number)
            if len(rows) >= self.batch:
                yield rows
                rows = []
        if rows:
            yield rows


def scores_of(number):
    dice, patient = Random(number), name_of(number)
    return [_score(dice, patient, visit, scale) for visit in visits() if dice.random() > 0.05 for scale in scales()]


def _score(dice, patient, visit, scale):
    absence = dice.choice([*Absence, WITHHELD]) if dice.random() < 0.1 else None
    low, high = scale.minimum or -50.0, scale.maximum or 50.0
    value = None if absence else round(low + (high - low) * dice.random(), dice.choice([0, 2, 15]))
    error = round(dice.random() * 3, 3) if scale.key.startswith("promis") and value is not None else None
    items = None if absence == Absence.TOTAL_ONLY else 8
    asked = dice.choice(["self", "proxy", "paper", "unknown"]), dice.choice(["en", "tr", "unknown"])
    used = None if items is None else dice.randint(4, 8)
    role = "baseline" if visit.day <= 0 else "visit"
    return LongRow(patient, visit.code, visit.day, scale.key, value, error, absence, used, items, "1", *asked, role)


def patients(number):
    columns = (
        Column("patient", Kind.TEXT, titled("Patient")),
        Column("sex", Kind.CODE, titled("Sex"), coded(Sex)),
        Column("country", Kind.TEXT, titled("Country")),
        Column("age", Kind.TEXT, titled("Age in bands")),
        Column("years_ill", Kind.TEXT, titled("Years ill in bands")),
    )
    people = [
        (name_of(n), list(Sex)[n % 2].value, "TR", f"{20 + n % 4 * 10}-{29 + n % 4 * 10}", "5-9") for n in range(number)
    ]
    return Table("patients", titled("Patients"), columns, [people], ("patient",))


def treatments(number):
    columns = (
        Column("patient", Kind.TEXT, titled("Patient")),
        Column("infusion", Kind.INTEGER, titled("Number")),
        Column("route", Kind.CODE, titled("Route"), coded([*Route, "other"])),
        Column("material", Kind.CODE, titled("Material"), coded(Material)),
        Column("mass_g", Kind.NUMBER, titled("Mass in grams"), absence="mass_g_absence"),
        Column("mass_g_absence", Kind.CODE, titled("Why no mass"), absences()),
    )
    rows = [
        (name_of(n), k, list(Route)[n % 3].value, "donor", *((50.0, MEASURED) if n % 4 else (None, NOT_KNOWN)))
        for n in range(number)
        for k in (1, 2)
    ]
    return Table("treatments", titled("Treatments"), columns, [rows], ("patient", "infusion"))


def events(number):
    columns = (
        Column("patient", Kind.TEXT, titled("Patient")),
        Column("grade", Kind.CODE, titled("Grade"), coded("12345")),
        Column("relation", Kind.CODE, titled("Relation"), coded(Relation)),
        Column("outcome", Kind.CODE, titled("Outcome"), coded(EventOutcome)),
    )
    endings = list(EventOutcome)
    rows = [(name_of(n), str(1 + n % 5), "possible", endings[n % len(endings)].value) for n in range(0, number, 3)]
    return Table("events", titled("Adverse events"), columns, [rows])


def summary_table(rows=(("chalder11.likert", "month_3", "measured", 40.0),)):
    columns = (
        Column("scale", Kind.TEXT, titled("Scale")),
        Column("visit", Kind.TEXT, titled("Visit window")),
        Column("quantity", Kind.TEXT, titled("What")),
        Column("value", Kind.NUMBER, titled("How much"), reason=NOT_KNOWN),
    )
    return Table("summary", titled("Summary of the cohort"), columns, [list(rows)], ("scale", "visit", "quantity"))


def keys():
    catalogue = load_catalogue()
    instruments = dict.fromkeys(scale.instrument for scale in scales())
    return tuple(
        ReleasedKey(
            code,
            catalogue[code].version,
            catalogue[code].title,
            (LIBRARY / f"{code}.toml").read_bytes(),
            ("Somebody A et al. Some journal 1999;1:1",),
        )
        for code in instruments
    )


def release(people=40, **changed):
    records = Records(
        long=Scores(people),
        scales=scales(),
        visits=visits(),
        patients=patients(people),
        treatments=treatments(people),
        events=events(people),
    )
    rule = ReleasedDefinition(
        1, "Ours", {"kind": "points", "points": 6.5}, titled("6.5 points or more"), after_data_seen=True
    )
    whole = ReleaseContents(
        release="R1",
        title="First release",
        tier=Tier.AGREEMENT,
        as_of=AS_OF,
        country="TR",
        summaries=(summary_table(),),
        records=records,
        keys=keys(),
        warnings=(titled("Nobody was compared with anybody."),),
        definitions=(rule,),
        risk={"smallest": 5, "prosecutor": 0.2},
        risk_words={Language.ENGLISH: ("Groups of 5.",), Language.TURKISH: ("5 kişilik gruplar.",)},
    )
    return replace(whole, **changed)


def with_records(contents, **changed):
    return replace(contents, records=replace(contents.records, **changed))


def packed(contents, tell=silent):
    target = BytesIO()
    manifest = write_package(contents, target, tell)
    return target.getvalue(), manifest


@cache
def packed_once(people=40):
    """The bytes of the ordinary release; made once for all tests that only read it."""
    return packed(release(people))[0]


def opened(content):
    return ZipFile(BytesIO(content))


def long_rows(contents):
    return [LongRow(*row) for batch in contents.records.long for row in batch]
