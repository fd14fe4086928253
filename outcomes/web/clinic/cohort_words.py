"""The answer of a cohort in sentences: how many changed beyond the band, what may be made of it, and by what rule."""

from dataclasses import dataclass

import numpy as np

from outcomes.change.chance import ByChance, by_chance
from outcomes.change.cohort import Shares, shares
from outcomes.change.individual import Change, Reason
from outcomes.change.intervals import Share
from outcomes.change.words import opening, source_sentence
from outcomes.figures import words
from outcomes.figures.figure import Measure
from outcomes.terms import Better, Verdict
from outcomes.voice import Voice
from outcomes.web.clinic.cohort_comparison import Compared, finding
from outcomes.web.clinic.cohort_look import FEWEST, Look, only_of
from outcomes.web.clinic.cohort_people import visit_name
from outcomes.web.clinic.cohort_table import bounds


@dataclass(frozen=True, slots=True)
class Tally:
    """One class of the answer: its mark, how many, in words, and the interval of the share."""

    mark: str
    count: str
    words: str
    interval: str


def answer(voice: Voice, look: Look) -> str:
    """Count better beyond the band, inside it, worse beyond it and not measured, of all who have come to the visit."""
    told, visit = shares(look.shown), opening(voice, visit_name(voice, look.shown))
    if not told.of:
        return voice.say("%(visit)s: nobody has come to this visit yet.", visit=visit)
    counts = {"visit": visit, **_counts(voice, told)}
    if look.error is None or look.scale.better is None:
        return voice.count(
            "%(visit)s: of %(n)s person %(measured)s measured; no change can be judged on this scale.",
            "%(visit)s: of %(n)s people %(measured)s measured; no change can be judged on this scale.",
            told.of,
            **counts,
        )
    if not look.error.covers_daily_variation:
        return voice.count(
            "%(visit)s: of %(n)s person, %(better)s became better beyond questionnaire error, %(inside)s stayed inside "
            "it, %(worse)s became worse beyond it; %(missing)s not measured.",
            "%(visit)s: of %(n)s people, %(better)s became better beyond questionnaire error, %(inside)s stayed inside "
            "it, %(worse)s became worse beyond it; %(missing)s not measured.",
            told.of,
            **counts,
        )
    return voice.count(
        "%(visit)s: of %(n)s person, %(better)s became better beyond usual variation, %(inside)s stayed inside it, "
        "%(worse)s became worse beyond it; %(missing)s not measured.",
        "%(visit)s: of %(n)s people, %(better)s became better beyond usual variation, %(inside)s stayed inside it, "
        "%(worse)s became worse beyond it; %(missing)s not measured.",
        told.of,
        **counts,
    )


def _counts(voice: Voice, told: Shares) -> dict[str, str]:
    return {
        "better": voice.number(told.better.count),
        "inside": voice.number(told.unchanged.count),
        "worse": voice.number(told.worse.count),
        "missing": voice.number(told.missing.count),
        "measured": voice.number(told.of - told.missing.count),
    }


def tallies(voice: Voice, look: Look) -> tuple[Tally, ...]:
    """The classes of the answer as marks and numbers; a class that nobody is in is told too."""
    told, band = shares(look.shown), look.band
    if not told.of or look.error is None or look.scale.better is None:
        return ()
    inside = voice.say("inside it, or no measurable change")
    found = [
        ("bb", told.better, words.verdict(voice, Verdict.BETTER_BEYOND, band)),
        ("no", told.unchanged, inside),
        ("wb", told.worse, words.verdict(voice, Verdict.WORSE_BEYOND, band)),
        ("na", told.missing, voice.say("not measured at this visit")),
    ]
    if told.not_measurable.count:
        text = voice.say("cannot be judged: no score before FMT, or the end of the scale")
        found.append(("na", told.not_measurable, text))
    return tuple(_tally(voice, mark, share, text) for mark, share, text in found)


def _tally(voice: Voice, mark: str, share: Share, text: str) -> Tally:
    return Tally(mark, voice.number(share.count), text, bounds(voice, share))


def too_early(voice: Voice, look: Look) -> str:
    """Say how many are in none of those classes because they have not come so far."""
    early = shares(look.shown).too_early
    if not early:
        return ""
    return voice.count(
        "%(n)s person has not come to this visit yet and is not counted.",
        "%(n)s people have not come to this visit yet and are not counted.",
        early,
    )


def reading(voice: Voice, look: Look, against: Compared) -> str:
    """Say what may be made of the answer, by a rule that has nothing to gain.

    With a comparison group the difference decides; without one a benefit is never claimed, only that more people left
    the band than error alone would move, or that they did not.
    """
    told = shares(look.shown)
    judged = told.better.count + told.unchanged.count + told.worse.count
    if look.error is None or look.scale.better is None or not told.of:
        return ""
    if judged < FEWEST:
        return voice.say("Too few people could be judged to say anything of the group.")
    if against.difference is not None:
        return _against(voice, look, against)
    chance = by_chance(judged)
    if told.better.count <= chance.most:
        said = _no_benefit(voice, look, chance)
    elif _explained_by_entry(look):
        said = _no_benefit_but_for_entry(voice)
    else:
        said = _more_than_chance(voice, look, chance)
    return " ".join(filter(None, (said, _harm(voice, look, told, chance))))


def _explained_by_entry(look: Look) -> bool:
    """Whether, without those treated because of a score, no more became better than error alone would make."""
    rest = shares(only_of(look.shown, ~look.entered))
    judged = rest.better.count + rest.unchanged.count + rest.worse.count
    return rest.better.count <= by_chance(judged).most


def _no_benefit_but_for_entry(voice: Voice) -> str:
    return voice.say(
        "No benefit seen but for those who were treated because of a score: a score chosen for being bad is followed "
        "by a better one even when nothing has changed."
    )


def _no_benefit(voice: Voice, look: Look, chance: ByChance) -> str:
    if look.error is not None and look.error.covers_daily_variation:
        return voice.say(
            "No benefit seen: not more became better than error alone would make (about %(expected)s of %(judged)s).",
            expected=voice.number(chance.expected, 0),
            judged=voice.number(chance.judged),
        )
    return voice.say("No benefit seen: not more became better than questionnaire error alone would make.")


def _more_than_chance(voice: Voice, look: Look, chance: ByChance) -> str:
    if look.error is not None and look.error.covers_daily_variation:
        return voice.say(
            "More became better than error alone would make (about %(expected)s of %(judged)s). Whether FMT did it "
            "cannot be told without a comparison group.",
            expected=voice.number(chance.expected, 0),
            judged=voice.number(chance.judged),
        )
    return voice.say(
        "How many would have become better by ordinary ups and downs is not known, and there is no comparison group: "
        "whether FMT did anything cannot be told."
    )


def _harm(voice: Voice, look: Look, told: Shares, chance: ByChance) -> str:
    if told.worse.count <= chance.most or look.error is None or not look.error.covers_daily_variation:
        return ""
    return voice.say("More became worse than error alone would make.")


def _against(voice: Voice, look: Look, told: Compared) -> str:
    """Say what the comparison group tells: the interval of the difference decides."""
    if told.difference is None:
        return ""
    turn = -1.0 if look.scale.better is Better.LOWER else 1.0
    low, high = sorted((told.difference.lower * turn, told.difference.upper * turn))
    said = finding(voice, look, told)
    if low > 0:
        conclusion = voice.say("The treated did better; the groups may differ in more than treatment.")
    elif high < 0:
        conclusion = voice.say("The treated did worse; the groups may differ in more than treatment.")
    else:
        conclusion = voice.say("No benefit and no harm seen beyond what chance allows.")
    return f"{said}. {conclusion}"


def about(voice: Voice, look: Look) -> str:
    """Name the scale, its range, its direction and the band."""
    measure, band = Measure.of(voice, look.scale), look.band
    instrument = voice.pick(look.source.catalogue.instrument_of(look.scale.key).title)
    title = measure.title if measure.title == instrument else f"{instrument}: {measure.title}"
    told = voice.say("%(scale)s, %(range)s.", scale=title, range=words.axis_words(voice, measure).replace(" · ", ", "))
    if band is None:
        return told
    width = f"{words.band_name(voice, band)} {words.plus_minus(voice, measure, band)}"
    if _widths(look) > 1:
        width = voice.say("%(band)s, wider with fewer baselines", band=width)
    return f"{told} {opening(voice, width)}."


def _widths(look: Look) -> int:
    finite = look.shown.band[np.isfinite(look.shown.band)]
    return len(np.unique(np.round(finite, 9)))


def sources(voice: Voice, look: Look) -> str:
    """Say where the band and the important change come from."""
    shown = look.shown
    rule = Change(Verdict.NOT_MEASURABLE, Reason.NO_BASELINE, None, None, None, shown.threshold, look.error, None, None)
    return source_sentence(voice, look.scale, rule)
