"""The vocabulary of visuals: every mark, line, band and label a figure may use, as pieces of a plain Plotly dict.

Colours are named by the tokens of the style sheet, `var(--better)`; the page's script and the still renderer resolve
them, so one dict serves every theme. Nothing here knows a colour, a font or a clinic.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import floor, log10
from typing import Any

from outcomes.terms import AnsweredBy, Language, Verdict

Piece = dict[str, Any]

INK, MUTED, LINE, EDGE = "var(--ink)", "var(--muted)", "var(--line)", "var(--edge)"
PAPER, RAISED, ACCENT, BAND = "var(--paper)", "var(--raised)", "var(--accent)", "var(--band)"
BETTER, BETTER_SOFT = "var(--better)", "var(--better-soft)"
WORSE, WORSE_SOFT = "var(--worse)", "var(--worse-soft)"
SAME, ON_STRONG = "var(--same)", "var(--on-strong)"
FONT = "var(--font)"
CLEAR = "rgba(0,0,0,0)"
TEXT_SIZE = 13

SYMBOLS = {
    AnsweredBy.SELF: "circle",
    AnsweredBy.PROXY: "square",
    AnsweredBy.CLINICIAN_READ: "diamond",
    AnsweredBy.PAPER: "cross",
}
FILLS = {
    Verdict.BETTER_BEYOND: BETTER,
    Verdict.BETTER_WITHIN: BETTER_SOFT,
    Verdict.NO_CHANGE: BAND,
    Verdict.WORSE_WITHIN: WORSE_SOFT,
    Verdict.WORSE_BEYOND: WORSE,
    Verdict.NOT_MEASURABLE: CLEAR,
}
EDGES = {
    Verdict.BETTER_BEYOND: BETTER,
    Verdict.BETTER_WITHIN: BETTER,
    Verdict.NO_CHANGE: SAME,
    Verdict.WORSE_WITHIN: WORSE,
    Verdict.WORSE_BEYOND: WORSE,
    Verdict.NOT_MEASURABLE: EDGE,
}
VERDICT_ORDER = (
    Verdict.WORSE_BEYOND,
    Verdict.WORSE_WITHIN,
    Verdict.NO_CHANGE,
    Verdict.BETTER_WITHIN,
    Verdict.BETTER_BEYOND,
    Verdict.NOT_MEASURABLE,
)
VERDICT_SYMBOLS = {
    Verdict.BETTER_BEYOND: "triangle-right",
    Verdict.BETTER_WITHIN: "triangle-right-open",
    Verdict.NO_CHANGE: "line-ns",
    Verdict.WORSE_WITHIN: "triangle-left-open",
    Verdict.WORSE_BEYOND: "triangle-left",
    Verdict.NOT_MEASURABLE: "x-thin",
}
ALONG = (0.16, 0.3, 0.5, 0.7, 0.84)
LIFT = 9
"""Pixels between a slanted line and the middle of its label."""
BACKDROP = "backdrop"
"""The name of a line that a label may stand on."""
THIN_LINES_BEHIND = 3
"""Over how many thin lines an optional label with a ground may stand."""
SIZES = {"person": (380, 288), "strip": (760, 184), "cohort": (560, 360), "shares": (560, 300)}
SEPARATORS = {Language.ENGLISH: ".,", Language.TURKISH: ",."}
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Signs that no XML may hold."""
_ESCAPES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("$", "&#36;"), ("\n", " "))


@dataclass(frozen=True, slots=True)
class Margin:
    """Room round the plotting area, in pixels."""

    left: int = 40
    right: int = 12
    top: int = 28
    bottom: int = 40

    def piece(self) -> Piece:
        """The margin as Plotly names it."""
        return {"l": self.left, "r": self.right, "t": self.top, "b": self.bottom}


@dataclass(frozen=True, slots=True)
class Wish:
    """A place a label would like: its point, the side of the label that stands there, pixels above it.

    `side` "left" starts the text at the point, "right" ends it there. With `paper` set, y is a share of the height;
    with `edge` set, x is too. `text` is a shorter wording for this place.
    """

    x: float
    y: float
    side: str = "left"
    up: float = 0
    aside: float = 4
    text: str | None = None
    paper: bool = False
    edge: bool = False

    def piece(self) -> Piece:
        """The place as the annotation's own settings."""
        shift = {"left": self.aside, "right": -self.aside}.get(self.side, 0)
        place = {
            "x": self.x,
            "y": self.y,
            "xref": "paper" if self.edge else "x",
            "yref": "paper" if self.paper else "y",
            "xanchor": self.side,
            "xshift": shift,
            "yshift": self.up,
        }
        return place if self.text is None else place | {"text": label(self.text)}


@dataclass(frozen=True, slots=True)
class Label:
    """A label: the annotation, and where it may move when it would touch something."""

    note: Piece
    rule: Piece | None = None


def label(text: object) -> str:
    """Make a text inert inside a figure: no tag, no entity, no formula survives."""
    made = _UNWRITABLE.sub("", str(text))
    for sign, entity in _ESCAPES:
        made = made.replace(sign, entity)
    return made


def fixed(x: float, y: float, text: str, *, colour: str = MUTED, **more: object) -> Label:
    """A label that stays where it is put; `text` is already inert."""
    return Label(note(x, y, text, colour=colour, **more))


def movable(
    text: str, wishes: Sequence[Wish], *, colour: str = MUTED, optional: bool = False, ground: str | None = None
) -> Label:
    """A label that takes the place where it touches least; an optional one stays away when it touches something.

    `ground` lays a colour behind the text, which may then stand on thin lines or on hatching.
    """
    places = [wish.piece() for wish in wishes]
    first = wishes[0]
    rest = {key: places[0][key] for key in ("xref", "yref", "xanchor", "xshift", "yshift")}
    under = {} if ground is None else {"bgcolor": ground, "borderpad": 1}
    made = note(first.x, first.y, label(first.text or text), colour=colour, **rest, **under)
    bearable = (0 if ground is None else THIN_LINES_BEHIND) if optional else None
    return Label(made, {"wishes": places, "text": label(text), "bearable": bearable})


def along(lines: Sequence[tuple[float, float, float, float]], text: str, *, shares: Sequence[float] = ALONG) -> Label:
    """A label written along one of some lines of the plot, whatever their slope on the screen.

    It stands above the first line and below the second; `shares` are the places along a line that it may take.
    """
    x0, y0, x1, y1 = lines[0]
    first = shares[0]
    made = note(x0 + (x1 - x0) * first, y0 + (y1 - y0) * first, label(text), xanchor="center", yshift=LIFT)
    sides = [[*line, side * LIFT] for line, side in zip(lines, (1, -1), strict=False)]
    return Label(made, {"along": sides, "shares": list(shares)})


def heading(text: str, short: str, margin: Margin, up: float = 6) -> Label:
    """The words above the axis, with a shorter wording for a narrow screen."""
    place = Wish(0, 1, up=up + 9, aside=-margin.left, paper=True, edge=True)
    return movable(text, [place, replace(place, text=short)])


def note(x: float, y: float, text: str, *, colour: str = MUTED, **more: object) -> Piece:
    """One annotation: text without an arrow, anchored at its left end."""
    base = {"x": x, "y": y, "text": text, "showarrow": False, "xanchor": "left", "yanchor": "middle"}
    return base | {"font": {"size": TEXT_SIZE, "color": colour}} | more


def rule(
    x0: float, y0: float, x1: float, y1: float, *, colour: str = EDGE, width: float = 1, dash: str = "", **more: object
) -> Piece:
    """One straight line behind the data."""
    stroke: Piece = {"color": colour, "width": width} | ({"dash": dash} if dash else {})
    return {"type": "line", "x0": x0, "y0": y0, "x1": x1, "y1": y1, "layer": "below", "line": stroke} | more


def across(y: float, *, colour: str = EDGE, width: float = 1, dash: str = "") -> Piece:
    """A horizontal line over the whole width, at a value of the axis."""
    return rule(0, y, 1, y, colour=colour, width=width, dash=dash, xref="paper")


def upright(x: float, *, colour: str = EDGE, width: float = 1, dash: str = "") -> Piece:
    """A vertical line over the whole height, at a value of the axis."""
    return rule(x, 0, x, 1, colour=colour, width=width, dash=dash, yref="paper")


def box(
    x0: float, y0: float, x1: float, y1: float, *, fill: str = BAND, edge: str | None = None, **more: object
) -> Piece:
    """A filled rectangle behind the data."""
    stroke = {"width": 0} if edge is None else {"width": 1, "color": edge}
    base = {"type": "rect", "x0": x0, "y0": y0, "x1": x1, "y1": y1, "layer": "below"}
    return base | {"fillcolor": fill, "line": stroke} | more


def hatch(colour: str = EDGE, background: str = CLEAR) -> Piece:
    """The pattern that marks what is not known."""
    return {"shape": "/", "size": 7, "solidity": 0.14, "fgcolor": colour, "bgcolor": background}


def area(xs: Sequence[float], ys: Sequence[float], *, hatched: bool = False, fill: str = BAND) -> Piece:
    """A filled polygon behind the marks; hatched where the error covers one occasion only."""
    base = {"type": "scatter", "x": list(xs), "y": list(ys), "mode": "none", "fill": "toself", "hoverinfo": "skip"}
    return base | ({"fillpattern": hatch()} if hatched else {"fillcolor": fill})


def strand(
    xs: Sequence[float | None],
    ys: Sequence[float | None],
    *,
    colour: str = INK,
    width: float = 1.5,
    opacity: float = 1,
    dash: str = "",
) -> Piece:
    """Straight lines that break where nothing was measured."""
    stroke: Piece = {"color": colour, "width": width, "shape": "linear"} | ({"dash": dash} if dash else {})
    base = {"type": "scatter", "mode": "lines", "connectgaps": False, "hoverinfo": "skip", "opacity": opacity}
    return base | {"x": xs, "y": ys, "line": stroke}


def marks(
    xs: Sequence[float],
    ys: Sequence[float],
    *,
    symbol: str | list[str] = "circle",
    colour: str | list[str] = INK,
    size: float = 11,
    stroke: float | list[float] = 0,
    texts: list[str] | None = None,
    links: Sequence[str | None] | None = None,
    hover: str = "",
) -> Piece:
    """Marks on the plot. `texts` are inert already; a link opens its person on a click."""
    marker = {"size": size, "symbol": symbol, "color": colour, "line": {"width": stroke, "color": colour}}
    made: Piece = {"type": "scatter", "mode": "markers", "x": xs, "y": ys, "cliponaxis": False, "marker": marker}
    if texts is not None:
        made["text"] = texts
    if links is not None and any(links):
        made["customdata"] = list(links)
    return made | ({"hovertemplate": f"{hover}<extra></extra>"} if hover else {"hoverinfo": "skip"})


def axis(low: float, high: float, at: Sequence[float], texts: Sequence[str], **more: object) -> Piece:
    """An axis with ticks that we name ourselves."""
    base = {
        "range": [low, high],
        "tickvals": list(at),
        "ticktext": list(texts),
        "tickangle": 0,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": EDGE,
        "linecolor": EDGE,
        "showline": True,
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "tickfont": {"size": TEXT_SIZE, "color": MUTED},
    }
    return base | more


def bare(low: float, high: float) -> Piece:
    """An axis that is not drawn."""
    return {"range": [low, high], "visible": False, "fixedrange": True}


def value_axis(low: float, high: float, at: Sequence[float], texts: Sequence[str], **more: object) -> Piece:
    """An upright axis of scores or changes: numbers, no line."""
    return axis(low, high, at, texts, **({"showline": False, "ticks": ""} | more))


def layout(
    size: str,
    *,
    x: Piece,
    y: Piece,
    language: Language,
    margin: Margin,
    shapes: Iterable[Piece] = (),
    labels: Sequence[Label] = (),
    keep: Sequence[int] = (),
    height: int | None = None,
    **more: object,
) -> Piece:
    """The frame of a figure. `keep` orders the x ticks by importance; `height` overrides that of its size."""
    width, usual = SIZES[size]
    places = [{"note": k, **made.rule} for k, made in enumerate(labels) if made.rule is not None]
    meta = {"places": places, "keep": list(keep), "tall": height is not None}
    base = {
        "width": width,
        "height": height or usual,
        "margin": margin.piece(),
        "font": {"family": FONT, "size": TEXT_SIZE, "color": INK},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "hoverlabel": {"bgcolor": RAISED, "bordercolor": EDGE, "font": {"size": TEXT_SIZE, "color": INK}},
        "separators": SEPARATORS[language],
        "xaxis": x,
        "yaxis": y,
        "shapes": list(shapes),
        "annotations": [made.note for made in labels],
        "meta": meta,
    }
    return base | more


def nice_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers between two bounds, at steps of 1, 2, 2.5 or 5 times a power of ten."""
    span = high - low
    if span <= 0:
        return [low]
    rough = span / most
    power = 10.0 ** floor(log10(rough))
    step = next(power * k for k in (1, 2, 2.5, 5, 10) if power * k >= rough * (1 - 1e-9))
    first = -floor(-low / step + 1e-9)
    last = floor(high / step + 1e-9)
    return [round(k * step, 10) for k in range(int(first), int(last) + 1)]


def padded(low: float, high: float, share: float = 0.03) -> tuple[float, float]:
    """Bounds with a little room, so that marks at the ends are not cut."""
    room = (high - low) * share or 1.0
    return low - room, high + room


def score_range(minimum: float | None, maximum: float | None, drawn: Sequence[float]) -> tuple[float, float]:
    """The range of an axis of scores: the whole scale where it has ends, else what is drawn, with a little room."""
    low = min(drawn, default=0.0) if minimum is None else minimum
    high = max(drawn, default=low + 10) if maximum is None else maximum
    room = (high - low) * 0.03 or 1.0
    return (low - room if minimum is None else low), high + room
