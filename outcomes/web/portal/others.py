"""How other people here changed, beside the own chart, for whoever asks: half of them, and no single one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from outcomes.change.individual import baseline
from outcomes.figures import style
from outcomes.figures.figure import Figure, LinkedRow, Table, columns
from outcomes.records.queries.others import OthersAt
from outcomes.records.queries.record import PatientRecord
from outcomes.voice import Voice
from outcomes.web.progress import Told


@dataclass(frozen=True, slots=True)
class OthersTold:
    """What is told of the others: a sentence on the newest visit, and a table of all of them, None without any."""

    sentence: str
    table: Table | None


def others_told(voice: Voice, found: Sequence[OthersAt], day: int) -> OthersTold:
    """Tell how the others changed, up to the day that has come for the patient."""
    reached = [each for each in found if each.day <= day]
    if not reached:
        return OthersTold(voice.say("Too few other people have been measured to show how they changed."), None)
    newest = reached[-1]
    sentence = voice.say(
        "Around %(day)s, half of %(n)s other people here lay between %(low)s and %(high)s points of change. "
        "That tells nothing about you: illnesses and treatments differ.",
        day=voice.day(newest.day),
        n=voice.number(newest.people),
        low=_signed(voice, newest.low),
        high=_signed(voice, newest.high),
    )
    return OthersTold(sentence, _table(voice, reached))


def beside(record: PatientRecord, told: Told, found: Sequence[OthersAt], day: int) -> Figure:
    """The own chart with dashed lines between which half of the others would lie, had they begun where one began."""
    base, reached = baseline(record.readings(told.scale.key)), [each for each in found if each.day <= day]
    if base is None or not reached:
        return told.figure
    days = [0.0, *(float(each.day) for each in reached)]
    low, high = told.figure.plot["layout"]["yaxis"]["range"]
    lines = [
        style.strand(days, [_within(base.mean + change, low, high) for change in (0.0, *changes)], dash="2px 4px")
        for changes in ([each.low for each in reached], [each.high for each in reached])
    ]
    plot = told.figure.plot
    return replace(told.figure, plot={**plot, "data": [*lines, *plot["data"]]})


def _within(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def _signed(voice: Voice, change: float) -> str:
    sign = {True: "+", False: "−"}[change > 0] if round(change, 1) else ""
    return f"{sign}{voice.number(abs(round(change, 1)), 1)}"


def _table(voice: Voice, found: Sequence[OthersAt]) -> Table:
    named = (voice.say("Day"), voice.say("People"), voice.say("A quarter below"), voice.say("Half below"))
    titles = columns(*named, voice.say("A quarter above"), numeric=(0, 1, 2, 3, 4))
    return Table(voice.say("How other people here changed"), titles, lambda: (_row(voice, each) for each in found))


def _row(voice: Voice, each: OthersAt) -> LinkedRow:
    changes = (_signed(voice, value) for value in (each.low, each.middle, each.high))
    return None, (voice.number(each.day), voice.number(each.people), *changes)
