"""The numbers of a cohort as tables: one visit summed up, the groups compared, and shares under other definitions."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp

from outcomes.change.cohort import Attrition, Summary, attrition, mean_baseline, mean_score, summary
from outcomes.change.columns import follow_ups
from outcomes.change.definitions import PUBLISHED, Definition, beyond_band
from outcomes.change.intervals import Share
from outcomes.change.responders import AnchorThreshold, ResponderRow, anchor_threshold, responder_table
from outcomes.figures import words
from outcomes.figures.figure import Measure
from outcomes.instruments.definition import Scale
from outcomes.records.queries.definitions import definitions_in_force
from outcomes.terms import Domain
from outcomes.voice import N_, Voice
from outcomes.web.clinic.cohort_comparison import REASONS, Compared, NotCompared
from outcomes.web.clinic.cohort_look import FEWEST, Look
from outcomes.web.clinic.cohort_model import UNTOLD, Modelled


@dataclass(frozen=True, slots=True)
class Quantity:
    """One row: what, how much, between what bounds, and how to take it."""

    term: str
    estimate: str
    interval: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class DefinitionRow:
    """How many would count under one definition."""

    title: str
    met: str
    met_interval: str
    worse: str
    unknown: str
    source: str


def quantities(voice: Voice, look: Look, model: Modelled) -> tuple[Quantity, ...]:
    """Sum up the visit looked at."""
    told, lost, measure = summary(look.shown), attrition(look.data, look.shown), Measure.of(voice, look.scale)
    return (
        *_measured(voice, measure, told, lost),
        *_moved(voice, measure, look, lost),
        *_spread(voice, measure, look, model),
        *_beyond(voice, look, told, lost),
        *_ends(voice, told),
    )


def of(voice: Voice, share: Share) -> str:
    """Write a count of a whole: "14 of 48"."""
    return voice.say("%(n)s of %(of)s", n=voice.number(share.count), of=voice.number(share.of))


def bounds(voice: Voice, share: Share) -> str:
    """Write the interval of a share; of few people none."""
    if share.of < FEWEST or share.low is None or share.high is None:
        return ""
    return words.share_interval(voice, (share.low, share.high))


def _measured(voice: Voice, measure: Measure, told: Summary, lost: Attrition) -> Iterator[Quantity]:
    measured = voice.say("%(n)s of %(of)s", n=voice.number(told.measured), of=voice.number(told.people))
    yield Quantity(voice.say("People measured"), measured, "", _why_missing(voice, lost))
    if lost.baseline_difference is not None and lost.missing.count:
        note = voice.say("mean before FMT of those not measured, less that of those measured")
        yield Quantity(
            voice.say("How the missing differed"), words.change(voice, measure, lost.baseline_difference), "", note
        )


def _why_missing(voice: Voice, lost: Attrition) -> str:
    """Say how many are missing for which reason."""
    reasons = (
        (lost.died, N_("%(n)s died")),
        (lost.withdrew, N_("%(n)s withdrew")),
        (lost.lost, N_("%(n)s lost to follow-up")),
        (lost.too_ill, N_("%(n)s too ill to answer")),
        (lost.no_score, N_("%(n)s answered without a usable score")),
        (lost.unexplained, N_("%(n)s without a reason on record")),
    )
    told = [voice.say(text, n=voice.number(n)) for n, text in reasons if n]
    if not told:
        return ""
    return voice.say("not measured: %(reasons)s", reasons=voice.join(told))


def _moved(voice: Voice, measure: Measure, look: Look, lost: Attrition) -> Iterator[Quantity]:
    told, before, after = summary(look.shown), mean_baseline(look.shown), mean_score(look.shown)
    for term, spread in ((N_("Mean before FMT"), before), (N_("Mean at this visit"), after)):
        estimate = words.score_mean(voice, measure, spread.mean)
        note = voice.count("%(n)s person", "%(n)s people", spread.n)
        yield Quantity(voice.say(term), estimate, words.mean_interval(voice, measure, spread.low, spread.high), note)
    change = told.change
    yield Quantity(
        voice.say("Mean change"),
        words.change(voice, measure, change.mean),
        words.change_interval(voice, measure, change.low, change.high),
        voice.say("includes natural ups and downs and expectation"),
    )
    if lost.mean_change is not None and lost.missing.count:
        low, high = sorted(lost.mean_change)
        note = voice.say("if all the missing had come to one end of the scale, or all to the other")
        extremes = words.change_interval(voice, measure, low, high)
        yield Quantity(voice.say("Mean change at the extremes"), extremes, "", note)
    if told.quantiles and change.n >= FEWEST:
        q = {share: words.change(voice, measure, value) for share, value in told.quantiles.items()}
        yield Quantity(voice.say("Median change"), q[0.5], "", voice.say("half of the people lie below it, half above"))
        middle = voice.say("%(low)s to %(high)s", low=q[0.25], high=q[0.75])
        wide = voice.say("8 of 10 between %(low)s and %(high)s", low=q[0.1], high=q[0.9])
        yield Quantity(voice.say("Half of the changes"), middle, "", wide)


def _spread(voice: Voice, measure: Measure, look: Look, model: Modelled) -> Iterator[Quantity]:
    told = summary(look.shown)
    change = told.change
    yield Quantity(
        voice.say("SD of change"),
        words.score_mean(voice, measure, change.sd),
        words.mean_interval(voice, measure, change.sd_low, change.sd_high),
        voice.say("between people, as measured"),
    )
    yield Quantity(
        voice.say("SD that error alone makes"),
        voice.say("not known") if told.error_sd is None else words.score_mean(voice, measure, told.error_sd),
        "",
        voice.say("the same people would differ by this if nobody had truly changed"),
    )
    if model.spread is None:
        yield Quantity(voice.say("SD of true change, model"), words.DASH, "", voice.say(UNTOLD[model.withheld]))
        return
    yield Quantity(
        voice.say("SD of true change, model"),
        words.score_mean(voice, measure, model.spread.sd),
        words.mean_interval(voice, measure, model.spread.lower, model.spread.upper),
        voice.say("how differently people changed once error is taken off, over all visits; natural course included"),
    )


def _beyond(voice: Voice, look: Look, told: Summary, lost: Attrition) -> Iterator[Quantity]:
    if look.error is None:
        return
    terms = (
        (voice.say("Better %(beyond)s", beyond=words.beyond(voice, look.band)), told.shares.better, lost.better),
        (voice.say("Worse %(beyond)s", beyond=words.beyond(voice, look.band)), told.shares.worse, lost.worse),
    )
    for term, share, extremes in terms:
        most = share.count if extremes is None else share.count + lost.missing.count
        note = voice.say("%(n)s if all the missing were so", n=voice.number(most)) if lost.missing.count else ""
        yield Quantity(term, of(voice, share), bounds(voice, share), note)


def _ends(voice: Voice, told: Summary) -> Iterator[Quantity]:
    rows = (
        (N_("At the lowest possible score before FMT"), told.ends.floor_before, told.ends.floor_at_visit),
        (N_("At the highest possible score before FMT"), told.ends.ceiling_before, told.ends.ceiling_at_visit),
    )
    for term, before, after in rows:
        note = voice.say("at this visit %(count)s", count=of(voice, after))
        yield Quantity(voice.say(term), of(voice, before), bounds(voice, before), note)


def comparisons(voice: Voice, look: Look, told: Compared) -> tuple[Quantity, ...]:
    """The three figures that need a comparison group; without one they say so."""
    terms = (
        N_("Difference between the groups"),
        N_("SD of individual responses"),
        N_("Ratio of the spreads of change"),
    )
    if told.difference is None or told.response is None:
        why = voice.say(REASONS[told.why or NotCompared.FEW])
        return tuple(Quantity(voice.say(term), words.DASH, "", why) for term in terms)
    measure, apart, answer = Measure.of(voice, look.scale), told.difference, told.response
    return (
        Quantity(
            voice.say(terms[0]),
            words.change(voice, measure, apart.difference),
            words.change_interval(voice, measure, apart.lower, apart.upper),
            voice.say("treated less comparison, between people with the same score before FMT"),
        ),
        Quantity(
            voice.say(terms[1]),
            words.change(voice, measure, answer.sd),
            words.change_interval(voice, measure, answer.lower, answer.upper),
            voice.say("what the treated vary by beyond the comparison group; below 0 they varied less"),
        ),
        _ratio(voice, voice.say(terms[2]), told),
    )


def _ratio(voice: Voice, term: str, told: Compared) -> Quantity:
    if told.ratio is None:
        return Quantity(
            term, words.DASH, "", voice.say("cannot be estimated: the changes of a group do not differ at all")
        )
    low, middle, high = (
        voice.number(exp(each), 2) for each in (told.ratio.lower, told.ratio.log_ratio, told.ratio.upper)
    )
    between = voice.say("%(low)s to %(high)s", low=low, high=high)
    return Quantity(term, middle, between, voice.say("treated over comparison; 1 is the same spread"))


def definition_rows(voice: Voice, look: Look) -> tuple[DefinitionRow, ...]:
    """How many would count as better under every definition whose scales were measured."""
    if not look.due:
        return ()
    scales = {scale.key: scale for scale in look.offered.scales}
    known = (*definitions_in_force(look.source.scope, look.source.session), *PUBLISHED)
    wanted = (beyond_band(look.scale.key), *(each for each in known if each.scales <= scales.keys()))
    needed = {key for definition in wanted for key in definition.scales}
    found = {key: look.shown if key == look.scale.key else look.other(scales[key]) for key in sorted(needed)}
    return tuple(_definition_row(voice, row) for row in responder_table(wanted, found))


def _definition_row(voice: Voice, row: ResponderRow) -> DefinitionRow:
    definition = row.definition
    return DefinitionRow(
        title=voice.say(definition.title),
        met=of(voice, row.met),
        met_interval=bounds(voice, row.met),
        worse=words.DASH if row.worse is None else voice.number(row.worse.count),
        unknown=voice.number(row.unknown.count),
        source=_source(voice, definition),
    )


def _source(voice: Voice, definition: Definition) -> str:
    unchecked = voice.say("This figure was not checked in its source.") if definition.unverified else ""
    note = voice.say(definition.note) if definition.note else ""
    source = definition.source or ("" if note else voice.say("this page"))
    return " ".join(filter(None, (source, note, unchecked)))


def anchor_sentence(voice: Voice, look: Look) -> str:
    """Say what people who felt a little better had gained, where they were asked."""
    scale = _rating(look)
    if scale is None:
        return ""
    data = look.source.scores(scale, look.choice.people)
    ratings = follow_ups(data, look.choice.point, look.choice.points).value
    found, measure = anchor_threshold(look.shown, ratings), Measure.of(voice, look.scale)
    if found.gain.mean is None:
        return ""
    return " ".join((_gained(voice, measure, found), _usable(voice, found)))


def _rating(look: Look) -> Scale | None:
    """The scale on which people rate their change from 1 to 7."""
    known = (scale for scale in look.source.catalogue.scales() if scale.domain is Domain.IMPRESSION)
    return next((scale for scale in known if (scale.minimum, scale.maximum) == (1, 7)), None)


def _gained(voice: Voice, measure: Measure, found: AnchorThreshold) -> str:
    gain = "" if found.gain.mean is None else words.score_mean(voice, measure, found.gain.mean)
    between = words.mean_interval(voice, measure, found.gain.low, found.gain.high)
    return voice.say(
        "In this clinic those who rated themselves a little better (n = %(n)s) had gained %(gain)s on average.",
        n=voice.number(found.gain.n),
        gain=f"{gain} ({between})" if between else gain,
    )


def _usable(voice: Voice, found: AnchorThreshold) -> str:
    if found.usable:
        return voice.say("That may serve as this clinic's own important change.")
    return voice.say("That is too uncertain to serve as an important change.")
