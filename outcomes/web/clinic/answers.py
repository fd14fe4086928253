"""From the fields of the visit form to answers, and back: one place that knows how the fields are named.

A field is named `<instrument>.<item>` for an answer, `total.<scale key>` for a total scored elsewhere and
`form.<instrument>` for the version of the form that was used. Drafts keep the same names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from outcomes.instruments.definition import Instrument, Item, Scale
from outcomes.voice import Voice

MODES = ("items", "totals")


@dataclass(frozen=True, slots=True)
class Filled:
    """What was filled in for one instrument: answers by item, totals by scale code, and what is wrong by field name."""

    instrument: Instrument
    answers: Mapping[str, float | None]
    totals: Mapping[str, float]
    form_version: str | None
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def touched(self) -> bool:
        """Whether anything was filled in."""
        return bool(self.totals) or any(answer is not None for answer in self.answers.values())


def answer_name(instrument: Instrument, item: Item) -> str:
    """Return the name of the field of one item."""
    return f"{instrument.code}.{item.code}"


def total_name(scale: Scale) -> str:
    """Return the name of the field of a scale's total."""
    return f"total.{scale.key}"


def filled_names(fields: Mapping[str, str]) -> list[str]:
    """Return the names of the fields that hold an answer or a total."""
    about = ("form.", "mode.")
    return [name for name, value in fields.items() if "." in name and value.strip() and not name.startswith(about)]


def mode_of(instrument: Instrument, fields: Mapping[str, str]) -> str:
    """Return whether items or totals are entered: what was chosen, else what the instrument asks for."""
    if not instrument.accepts_items:
        return "totals"
    chosen = fields.get(f"mode.{instrument.code}")
    return chosen if chosen in MODES and instrument.accepts_totals else "items"


def field_names(instrument: Instrument, fields: Mapping[str, str]) -> list[str]:
    """Return the names of the fields that ask for something, in the order of the page."""
    if mode_of(instrument, fields) == "items":
        return [answer_name(instrument, item) for item in instrument.items]
    return [total_name(scale) for scale in instrument.scales]


def read_number(text: str) -> float | None:
    """Return the finite number a person typed, with a point or a comma; None when it is none."""
    try:
        value = float(text.strip().replace("−", "-").replace(",", "."))
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def read(instrument: Instrument, fields: Mapping[str, str], voice: Voice) -> Filled:
    """Read one instrument from the form's fields; a field that cannot be read gets a sentence beside it."""
    chosen = fields.get(f"form.{instrument.code}")
    version = chosen if chosen in instrument.form_versions else None
    if mode_of(instrument, fields) == "items":
        answers, problems = _answers(instrument, fields, voice)
        return Filled(instrument, answers, {}, version, problems)
    totals, problems = _totals(instrument.scales, fields, voice)
    return Filled(instrument, {}, totals, version, problems)


def _answers(
    instrument: Instrument, fields: Mapping[str, str], voice: Voice
) -> tuple[dict[str, float | None], dict[str, str]]:
    answers: dict[str, float | None] = {}
    problems: dict[str, str] = {}
    for item in instrument.items:
        name = answer_name(instrument, item)
        typed = fields.get(name, "").strip()
        value = read_number(typed) if typed else None
        if typed and (value is None or not item.permits(value)):
            problems[name] = _between(item.minimum, item.maximum, voice)
            value = None
        answers[item.code] = value
    return answers, problems


def _totals(
    scales: Sequence[Scale], fields: Mapping[str, str], voice: Voice
) -> tuple[dict[str, float], dict[str, str]]:
    totals: dict[str, float] = {}
    problems: dict[str, str] = {}
    for scale in scales:
        typed = fields.get(total_name(scale), "").strip()
        value = read_number(typed) if typed else None
        if not typed:
            continue
        if value is None or not _inside(scale, value):
            problems[total_name(scale)] = _between(scale.minimum, scale.maximum, voice)
        else:
            totals[scale.code] = value
    return totals, problems


def _inside(scale: Scale, value: float) -> bool:
    above = scale.minimum is None or value >= scale.minimum
    return above and (scale.maximum is None or value <= scale.maximum)


def _between(low: float | None, high: float | None, voice: Voice) -> str:
    if low is not None and high is not None:
        return voice.say("A number from %(low)s to %(high)s is needed.", low=voice.number(low), high=voice.number(high))
    if low is not None:
        return voice.say("A number of %(low)s or more is needed.", low=voice.number(low))
    return voice.say("A number is needed.")
