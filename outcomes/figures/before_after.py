"""Everybody's score before FMT against the score at one visit, with the diagonal of no change and the band."""

from collections.abc import Iterator, Sequence
from operator import itemgetter

from outcomes.figures import style, words
from outcomes.figures.figure import Band, Figure, Measure
from outcomes.figures.pairs import Comparison, Pair, changed, mismatch, table, tally
from outcomes.figures.sampling import said, sample
from outcomes.figures.style import Margin, Piece, Wish
from outcomes.terms import Better, Verdict
from outcomes.voice import Voice

MARGIN = Margin(left=40, right=14, top=32, bottom=48)
INSIDE = frozenset({Verdict.BETTER_WITHIN, Verdict.NO_CHANGE, Verdict.WORSE_WITHIN})
CORNERS = ((0, 12), (0, 30), (0.2, 12), (0, 48), (0.2, 30), (0.35, 12))
"""How far along the axis, as a share of it, and how far inside the plot the words of a side may stand."""
MARKS = {
    Verdict.BETTER_BEYOND: ("triangle-right", style.BETTER),
    Verdict.WORSE_BEYOND: ("triangle-left", style.WORSE),
    Verdict.NOT_MEASURABLE: ("x-thin", style.EDGE),
}


def before_after(
    voice: Voice, measure: Measure, pairs: Sequence[Pair], *, visit: str, band: Band | None = None
) -> Figure:
    """Draw before against after, one dot a person.

    Parameters:
        pairs: everybody of the cohort; those without both scores are counted, not drawn.
        visit: the name of the visit shown.
        band: the band of most people; somebody with fewer baselines has a wider one, told in the table.

    Returns:
        A figure that draws a stated sample above 1,000 people.
    """
    told = Comparison(measure, pairs, visit, band)
    known = changed(pairs)
    drawn = sample([pair for pair, _ in sorted(known, key=itemgetter(1))])
    stated = said(voice, len(drawn), len(known))
    headline = _headline(voice, told, len(known))
    return Figure(
        name="before_after",
        headline=headline,
        sentence=_sentence(voice, told, len(known), headline, stated),
        direction=words.direction(voice, measure),
        plot={"data": _traces(told, drawn), "layout": _layout(voice, told, drawn, stated)},
        table=table(voice, told, pairs, words.direction(voice, measure)),
    )


def _range(measure: Measure, pairs: Sequence[Pair]) -> tuple[float, float]:
    """One range for both axes: what is drawn, kept within the scale."""
    values = [v for pair in pairs for v in (pair.before, pair.after) if v is not None]
    low = min(values, default=measure.minimum if measure.minimum is not None else 0.0)
    high = max(values, default=measure.maximum if measure.maximum is not None else 10.0)
    return style.padded(low, high, 0.08)


def _traces(told: Comparison, drawn: Sequence[Pair]) -> list[Piece]:
    """Band, diagonal, and one trace of dots for each kind of mark."""
    low, high = _range(told.measure, drawn)
    band = told.band
    made = [_band(low, high, band)] if band else []
    made.append(style.strand([low, high], [low, high], colour=style.EDGE, width=1))
    for verdicts, symbol, colour in _kinds():
        mine = [pair for pair in drawn if pair.verdict in verdicts]
        if mine:
            made.append(_dots(told.measure, mine, symbol, colour))
    return made


def _kinds() -> Iterator[tuple[frozenset[Verdict], str, str]]:
    """Open circles inside the band first, so that those beyond it lie on top."""
    yield INSIDE, "circle-open", style.SAME
    for verdict in (Verdict.NOT_MEASURABLE, Verdict.WORSE_BEYOND, Verdict.BETTER_BEYOND):
        yield frozenset({verdict}), *MARKS[verdict]


def _dots(measure: Measure, mine: Sequence[Pair], symbol: str, colour: str) -> Piece:
    """The dots of one kind; a click on one opens its person."""
    places = measure.change_decimals
    return style.marks(
        [pair.before for pair in mine if pair.before is not None],
        [pair.after for pair in mine if pair.after is not None],
        symbol=symbol,
        colour=colour,
        size=9,
        stroke=1.6,
        texts=[style.label(pair.name) for pair in mine],
        links=[pair.link for pair in mine],
        hover=f"%{{text}} · %{{x:.{places}f}} → %{{y:.{places}f}}",
    )


def _band(low: float, high: float, band: Band) -> Piece:
    """The band round the diagonal, cut to the square in view."""
    width = min(band.width, high - low)
    xs = [low, high - width, high, high, low + width, low]
    ys = [low + width, high, high, high - width, low, low]
    return style.area(xs, ys, hatched=band.hatched)


def _layout(voice: Voice, told: Comparison, drawn: Sequence[Pair], stated: str) -> Piece:
    """The same axis twice."""
    low, high = bounds = _range(told.measure, drawn)
    ticks = style.nice_ticks(low, high, 5)
    texts = [voice.number(tick) for tick in ticks]
    return style.layout(
        "cohort",
        x=style.axis(low, high, ticks, texts),
        y=style.axis(low, high, ticks, texts),
        language=voice.language,
        margin=MARGIN,
        labels=list(_labels(voice, told, drawn, bounds, stated)),
    )


def _labels(
    voice: Voice, told: Comparison, drawn: Sequence[Pair], bounds: tuple[float, float], stated: str
) -> Iterator[style.Label]:
    """Names of axes, band, diagonal and of the two sides."""
    low, high = bounds
    direction = words.direction(voice, told.measure)
    wider = voice.say("band wider with fewer baselines") if mismatch(drawn, told.band) else ""
    full = " · ".join(part for part in (told.visit, direction, wider, stated) if part)
    yield style.heading(full, stated or direction, MARGIN)
    yield style.movable(voice.say("before FMT"), [Wish(1, 0, "right", -32, 0, paper=True, edge=True)])
    yield style.along([(low, low, high, high)] * 2, voice.say("no change"))
    yield from _sides(voice, told.measure, low, high)
    if told.band:
        yield _band_label(voice, told.measure, bounds, told.band)


def _sides(voice: Voice, measure: Measure, low: float, high: float) -> Iterator[style.Label]:
    """Which side of the diagonal is better and which is worse, in the corners or near them."""
    if measure.better is None:
        return
    up, down = (style.WORSE, voice.say("worse")), (style.BETTER, voice.say("better"))
    if measure.better is Better.HIGHER:
        up, down = (style.BETTER, voice.say("better")), (style.WORSE, voice.say("worse"))
    room = high - low
    above = [Wish(low + share * room, high, "left", -up) for share, up in CORNERS]
    below = [Wish(high - share * room, low, "right", up + 2) for share, up in CORNERS]
    yield style.movable(up[1], above, colour=up[0])
    yield style.movable(down[1], below, colour=down[0])


def _band_label(voice: Voice, measure: Measure, bounds: tuple[float, float], band: Band) -> style.Label:
    """Name and width of the band, along its lower edge."""
    low, high = bounds
    text = f"{words.band_name(voice, band)} {words.plus_minus(voice, measure, band)}"
    width = min(band.width, (high - low) / 2)
    below, above = (low + width, low, high, high - width), (low, low + width, high - width, high)
    return style.along([below, above], text, shares=(0.3, 0.45, 0.6, 0.75))


def _headline(voice: Voice, told: Comparison, known: int) -> str:
    """How many left the band on either side."""
    if not known:
        return voice.say("Nobody measured before and after yet")
    better, worse = tally(told.pairs, Verdict.BETTER_BEYOND), tally(told.pairs, Verdict.WORSE_BEYOND)
    if told.band is None and not better and not worse:
        return voice.count(
            "%(n)s person measured twice; usual variation is not known",
            "%(n)s people measured twice; usual variation is not known",
            known,
        )
    return voice.say(
        "%(better)s better and %(worse)s worse %(beyond)s, of %(known)s measured twice",
        better=voice.number(better),
        worse=voice.number(worse),
        beyond=words.beyond(voice, told.band),
        known=voice.number(known),
    )


def _sentence(voice: Voice, told: Comparison, known: int, headline: str, stated: str) -> str:
    """The plot in words."""
    both = voice.say(
        "%(known)s of %(all)s have both scores", known=voice.number(known), all=voice.number(len(told.pairs))
    )
    first = voice.say("%(scale)s before FMT and at %(visit)s", scale=told.measure.title, visit=told.visit)
    return ". ".join(part for part in (first, headline, both, stated) if part) + "."
