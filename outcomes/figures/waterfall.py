"""Everybody's change in order, the band in grey, and a blank for each person who was not measured again."""

from collections.abc import Iterator, Sequence

from outcomes.figures import style, words
from outcomes.figures.figure import Band, Figure, Measure
from outcomes.figures.pairs import Comparison, Pair, changed, table
from outcomes.figures.sampling import said, sample
from outcomes.figures.style import Margin, Piece, Wish
from outcomes.terms import Better, Verdict
from outcomes.voice import Voice

MARGIN = Margin(left=44, right=12, top=32, bottom=40)
FILLS = style.FILLS | {Verdict.NO_CHANGE: style.SAME, Verdict.NOT_MEASURABLE: style.LINE}


def waterfall(voice: Voice, measure: Measure, pairs: Sequence[Pair], *, visit: str, band: Band | None = None) -> Figure:
    """Draw one bar a person, worst change first.

    Parameters:
        pairs: everybody of the cohort; those without a change are the blanks.
        visit: the name of the visit shown.
        band: the band of most people.

    Returns:
        A figure that draws a stated sample, evenly spaced over the order, above 1,000 people.
    """
    told = Comparison(measure, pairs, visit, band)
    known = sorted(changed(pairs), key=lambda k: (measure.gain(k[1]), k[0].name))
    lost = len(told.lost)
    drawn = sample(known)
    blanks = lost if len(drawn) == len(known) else round(lost * len(drawn) / len(known))
    stated = said(voice, len(drawn), len(known))
    return Figure(
        name="waterfall",
        headline=_headline(voice, measure, known, lost),
        sentence=_sentence(voice, told, known, stated),
        direction=words.change_direction(voice, measure),
        plot={
            "data": _traces(voice, measure, drawn, blanks, band),
            "layout": _layout(voice, told, drawn, blanks, stated),
        },
        table=table(voice, told, [*(pair for pair, _ in known), *told.lost], words.change_direction(voice, measure)),
    )


def _traces(
    voice: Voice, measure: Measure, drawn: Sequence[tuple[Pair, float]], blanks: int, band: Band | None
) -> list[Piece]:
    """The hatched band if there is one, and the bars."""
    made = []
    if band and band.hatched:
        right, w = len(drawn) + blanks - 0.5, band.width
        made.append(style.area([-0.5, right, right, -0.5], [-w, -w, w, w], hatched=True))
    return [*made, _bars(voice, measure, drawn)] if drawn else made


def _bars(voice: Voice, measure: Measure, drawn: Sequence[tuple[Pair, float]]) -> Piece:
    """Solid beyond the band, pale inside it; a click opens the person."""
    unit = style.label(measure.unit or voice.say("points"))
    made = {
        "type": "bar",
        "x": list(range(len(drawn))),
        "y": [change for _, change in drawn],
        "text": [style.label(pair.name) for pair, _ in drawn],
        "textposition": "none",
        "hovertemplate": f"%{{text}} · %{{y:+.{measure.change_decimals}f}} {unit}<extra></extra>",
        "marker": {
            "color": [FILLS[pair.verdict] for pair, _ in drawn],
            "line": {"width": 1, "color": [style.EDGES[pair.verdict] for pair, _ in drawn]},
        },
    }
    links = [pair.link for pair, _ in drawn]
    return made | ({"customdata": links} if any(links) else {})


def _range(drawn: Sequence[tuple[Pair, float]], band: Band | None) -> tuple[float, float]:
    """Room for every bar, the band and zero."""
    values = [0.0, *(change for _, change in drawn), *((-band.width, band.width) if band else ())]
    return style.padded(min(values), max(values), 0.1)


def _layout(voice: Voice, told: Comparison, drawn: Sequence[tuple[Pair, float]], blanks: int, stated: str) -> Piece:
    """Band, zero line, blanks, and the names of all three."""
    low, high = _range(drawn, told.band)
    ticks = style.nice_ticks(low, high)
    total = max(1, len(drawn) + blanks)
    return style.layout(
        "cohort",
        x=style.bare(-0.8, total - 0.2),
        y=style.value_axis(low, high, ticks, [voice.signed(tick) for tick in ticks]),
        language=voice.language,
        margin=MARGIN,
        shapes=list(_shapes(drawn, blanks, told.band, 0.02 * (high - low))),
        labels=list(_labels(voice, told, len(drawn), total, stated)),
        bargap=0.28,
    )


def _shapes(drawn: Sequence[tuple[Pair, float]], blanks: int, band: Band | None, half: float) -> Iterator[Piece]:
    """The band, the line of no change, one empty box for each person lost."""
    if band and not band.hatched:
        yield style.box(0, -band.width, 1, band.width, xref="paper")
    n = len(drawn)
    yield style.rule(-0.5, 0, n + blanks - 0.5, 0) | {"layer": "above"}
    for k in range(n, n + blanks):
        yield style.box(k - 0.36, -half, k + 0.36, half, fill=style.RAISED, edge=style.EDGE) | {"layer": "above"}


def _labels(voice: Voice, told: Comparison, drawn: int, total: int, stated: str) -> Iterator[style.Label]:
    """What is drawn, how wide the band is, how many are lost."""
    measure, band, lost = told.measure, told.band, len(told.lost)
    visit = told.visit
    full = " · ".join(part for part in (visit, words.change_words(voice, measure), stated) if part)
    yield style.heading(full, stated or words.change_direction(voice, measure), MARGIN)
    up = 1 if measure.better is not Better.HIGHER else -1
    if band:
        name = f"{words.band_name(voice, band)} {words.plus_minus(voice, measure, band)}"
        places = [Wish(total - 0.5, up * band.width, "right", up * 11), Wish(-0.5, -up * band.width, "left", -up * 11)]
        yield style.movable(name, [*places, *(Wish(p.x, p.y, p.side, -p.up) for p in places)])
    if lost:
        text = voice.count("%(n)s not measured", "%(n)s not measured", lost)
        yield style.movable(text, [Wish(total - 0.5, 0, "right", -up * 20), Wish(total - 0.5, 0, "right", up * 20)])
    people = voice.count("%(n)s person, ordered by change", "%(n)s people, ordered by change", drawn)
    yield style.fixed(0, 0, style.label(people), xref="paper", yref="paper", yshift=-16)


def _headline(voice: Voice, measure: Measure, known: Sequence[tuple[Pair, float]], lost: int) -> str:
    """From the lowest change to the highest, and how many are blanks."""
    if not known:
        return voice.say("No change can be told yet")
    changes = [change for _, change in known]
    text = voice.say(
        "From %(low)s to %(high)s %(unit)s",
        low=words.change(voice, measure, min(changes)),
        high=words.change(voice, measure, max(changes)),
        unit=measure.unit or voice.say("points"),
    )
    if not lost:
        return text
    return voice.say("%(range)s, and %(lost)s not measured", range=text, lost=voice.number(lost))


def _sentence(voice: Voice, told: Comparison, known: Sequence[tuple[Pair, float]], stated: str) -> str:
    """The bars in words."""
    first = voice.say(
        "Change of %(scale)s at %(visit)s, one bar for each person", scale=told.measure.title, visit=told.visit
    )
    parts = [first, _headline(voice, told.measure, known, len(told.lost))]
    if told.band:
        width = told.band.width
        inside = voice.say(
            "%(n)s of %(all)s bars end inside %(band)s",
            n=voice.number(sum(abs(change) <= (pair.band or width) for pair, change in known)),
            all=voice.number(len(known)),
            band=words.band_name(voice, told.band),
        )
        parts.append(inside)
    return ". ".join([*parts, *([stated] if stated else [])]) + "."
