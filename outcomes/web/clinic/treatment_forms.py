"""The forms of what was done and of what happened: infusions, adverse events, exposures, endings, arms."""

from outcomes.records.queries.treatment import TELLING_THE_ARM
from outcomes.terms import (
    Ending,
    EventOutcome,
    ExposureKind,
    Intent,
    Material,
    MaterialState,
    Relation,
    Route,
    Seriousness,
)
from outcomes.voice import N_
from outcomes.web.clinic.choosing import courses_to_choose, donors_to_choose, infusions_to_choose, lots_to_choose
from outcomes.web.clinic.fields import RecordForm, amount, day, needed_text, one_of, text, whole, word, yes_no

COURSE = (N_("Course"), ("course_id", "intent", "indication"))
GIVEN: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        N_("What was given"),
        ("on_date", "route", "material", "lot_id", "donor_id", "state", "mass_g", "volume_ml", "capsules"),
    ),
    (
        N_("Preparation"),
        ("thawed_on", "anaerobic", "retention_minutes", "lavage_agent", "proton_pump_inhibitor", "sedation"),
    ),
    (N_("Antibiotic before"), ("antibiotic", "antibiotic_days", "antibiotic_washout_days")),
    (N_("Note"), ("note",)),
)


class InfusionEntry(RecordForm):
    """One infusion."""

    groups = GIVEN
    on_date = day(N_("Date"), must=True)
    route = word(N_("Route"), Route)
    material = word(N_("Material"), Material)
    lot_id = one_of(N_("Lot"), lots_to_choose, N_("The lot leads back to its donor."))
    donor_id = one_of(N_("Donor"), donors_to_choose, N_("Only where no lot is known."))
    state = word(N_("State"), MaterialState, empty=True)
    mass_g = amount(N_("Mass in g"))
    volume_ml = amount(N_("Volume in ml"))
    capsules = whole(N_("Capsules"), 1, 500)
    thawed_on = day(N_("Thawed on"))
    anaerobic = yes_no(N_("Prepared without oxygen"))
    retention_minutes = whole(N_("Kept for, in minutes"), 0, 10000)
    lavage_agent = text(N_("Bowel lavage with"), 120)
    proton_pump_inhibitor = yes_no(N_("Proton pump inhibitor"))
    sedation = yes_no(N_("Sedation"))
    antibiotic = text(N_("Antibiotic"), 120)
    antibiotic_days = whole(N_("For days"), 0, 365)
    antibiotic_washout_days = whole(N_("Ended days before"), 0, 365)
    note = text(N_("Note"), 1000)


class BlindedInfusionEntry(RecordForm):
    """One infusion whose arm is hidden: everything but what would tell the arm."""

    groups = tuple(
        (heading, tuple(name for name in names if name not in TELLING_THE_ARM)) for heading, names in GIVEN[:3]
    )


for _name in (name for _heading, names in BlindedInfusionEntry.groups for name in names):
    setattr(BlindedInfusionEntry, _name, getattr(InfusionEntry, _name))


class NewInfusionEntry(InfusionEntry):
    """A new infusion, with the course that it belongs to or begins."""

    groups = (COURSE, *GIVEN)
    course_id = one_of(N_("Continues"), courses_to_choose, N_("Left empty, this infusion begins a new course."))
    intent = word(N_("Given as"), Intent, default=Intent.CLINICAL)
    indication = needed_text(N_("Indication"), 200)


class EventEntry(RecordForm):
    """One adverse event."""

    groups = (
        (
            N_("What happened"),
            ("term", "started_on", "ended_on", "grade", "outcome", "crash_after_exertion", "organism"),
        ),
        (
            N_("Judgement"),
            ("relation_to_fmt", "relation_to_procedure", "expected", "seriousness", "infusion_id", "action"),
        ),
    )
    term = needed_text(N_("Event"), 200)
    started_on = day(N_("Began on"), must=True)
    ended_on = day(N_("Ended on"))
    grade = whole(
        N_("CTCAE grade"), 1, 5, N_("1 mild, 2 moderate, 3 severe, 4 life-threatening, 5 death."), needed=True
    )
    outcome = word(N_("Outcome"), EventOutcome, default=EventOutcome.UNKNOWN)
    crash_after_exertion = yes_no(N_("Crash after exertion"))
    organism = text(N_("Organism, if an infection"), 120)
    relation_to_fmt = word(N_("Relation to FMT"), Relation)
    relation_to_procedure = word(N_("Relation to the procedure"), Relation)
    expected = yes_no(N_("Expected"))
    seriousness = word(N_("Serious because"), Seriousness, empty=True)
    infusion_id = one_of(N_("After which infusion"), infusions_to_choose)
    action = text(N_("What was done"), 500)


class ExposureEntry(RecordForm):
    """Something else that may move scores."""

    groups = ((N_("What happened"), ("kind", "text", "started_on", "ended_on")),)
    kind = word(N_("Kind"), ExposureKind)
    text = needed_text(N_("In a few words"), 300)
    started_on = day(N_("Began on"), must=True)
    ended_on = day(N_("Ended on"))


class EndingEntry(RecordForm):
    """How a patient left."""

    groups = ((N_("What happened"), ("kind", "on_date", "reason")),)
    kind = word(N_("Kind"), Ending)
    on_date = day(N_("Date"), must=True)
    reason = text(N_("Reason, if known"), 500)
