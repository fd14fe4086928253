"""A figure as a still SVG picture: for print, for a browser without scripts, and until the script has drawn.

It reads the same dict that Plotly draws and knows the part of Plotly that our figures use. Colours stay tokens of
the style sheet, so the picture follows the theme; every text is escaped.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from html import escape
from typing import Any, Protocol

from markupsafe import Markup

from outcomes.figures.hatching import hatching
from outcomes.figures.placing import LINE_HEIGHT, Frame, box_of, frame, kept_ticks, lines_of, placed, wide
from outcomes.figures.style import CLEAR, TEXT_SIZE, Piece
from outcomes.figures.symbols import OPEN, outline

TOKEN = re.compile(r"var\(--[a-z][a-z-]*\)")
BASELINE = 0.36
"""How far the baseline lies below the middle of a line of text, as a share of the type's size."""


class UntokenedColourError(Exception):
    """A figure names a colour that is no token of the style sheet."""

    def __init__(self, colour: object) -> None:
        super().__init__(repr(colour))


class Plotted(Protocol):
    """Anything with a plot."""

    @property
    def plot(self) -> dict[str, Any]:
        """A plain Plotly dict."""
        ...


def svg(figure: Plotted, width: int | None = None) -> Markup:
    """Draw a figure's plot as SVG.

    Parameters:
        figure: what to draw.
        width: in pixels; the figure's own when None.

    Returns:
        The picture, hidden from screen readers: the element round it carries the sentence.

    Raises:
        UntokenedColourError: a colour is not a token.
        UnknownSymbolError: a symbol is not in the vocabulary.
    """
    layout = figure.plot["layout"]
    at = frame(layout, width)
    below = [shape for shape in layout["shapes"] if shape["layer"] == "below"]
    above = [shape for shape in layout["shapes"] if shape["layer"] == "above"]
    parts = [
        *(_shape(shape, at) for shape in below),
        *_axes(layout, at),
        *_traces(figure.plot["data"], layout, at),
        *(_shape(shape, at) for shape in above),
        *(_annotation(note, at) for note in placed(figure.plot, at)),
    ]
    opened = f'<svg xmlns="http://www.w3.org/2000/svg" class="still" viewBox="0 0 {at.width:g} {at.height:g}"'
    size = f'width="{at.width:g}" height="{at.height:g}" preserveAspectRatio="xMinYMin meet" aria-hidden="true"'
    return Markup(f"{opened} {size}>{''.join(parts)}</svg>")  # noqa: S704 - every text and colour is checked or escaped below


def paint(colour: object) -> str:
    """A colour as an attribute: a token, or none.

    Raises:
        UntokenedColourError: the colour is anything else.
    """
    if colour == CLEAR:
        return "none"
    if not isinstance(colour, str) or not TOKEN.fullmatch(colour):
        raise UntokenedColourError(colour)
    return colour


def tag(name: str, content: str = "", /, **attributes: object) -> str:
    """One element; an underscore in an attribute's name stands for a hyphen, None leaves it out."""
    told = "".join([f' {_name(key)}="{_value(value)}"' for key, value in attributes.items() if value is not None])
    return f"<{name}{told}>{content}</{name}>" if content else f"<{name}{told}/>"


@lru_cache(maxsize=64)
def _name(key: str) -> str:
    """An attribute's name; a picture has a few of them and writes them thousands of times."""
    return key.rstrip("_").replace("_", "-")


def _value(value: object) -> str:
    """An attribute's value: numbers to a tenth of a pixel, texts escaped."""
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return escape(str(value))


def _stroke(line: Piece, fallback: float = 1) -> Piece:
    """Colour, width and dashes of a line."""
    dash = line.get("dash", "")
    return {
        "stroke": paint(line["color"]),
        "stroke_width": line.get("width", fallback),
        "stroke_dasharray": dash.replace("px", "") or None,
    }


def _shape(shape: Piece, at: Frame) -> str:
    """A line, rectangle or path of the layout."""
    if shape["type"] == "path":
        return tag("path", d=_path(shape["path"], at), fill=paint(shape["fillcolor"]), opacity=shape.get("opacity"))
    xref, yref = shape.get("xref", "x"), shape.get("yref", "y")
    x0, x1 = at.x(shape["x0"], xref), at.x(shape["x1"], xref)
    y0, y1 = at.y(shape["y0"], yref), at.y(shape["y1"], yref)
    if shape["type"] == "line":
        return tag("line", x1=x0, y1=y0, x2=x1, y2=y1, **_stroke(shape["line"]))
    edge = _stroke(shape["line"]) if shape["line"].get("width") else {}
    place = {"x": min(x0, x1), "y": min(y0, y1), "width": abs(x1 - x0), "height": abs(y1 - y0)}
    return tag("rect", **place, fill=paint(shape["fillcolor"]), **edge)


def _path(path: str, at: Frame) -> str:
    """A path in data coordinates as one in pixels."""
    made = []
    for letter, numbers in re.findall(r"([MLCZ])([^MLCZ]*)", path):
        pairs = [pair.split(",") for pair in numbers.split()]
        made.append(letter + " ".join(f"{at.x(float(x)):.1f} {at.y(float(y)):.1f}" for x, y in pairs))
    return "".join(made)


def _axes(layout: Piece, at: Frame) -> Iterator[str]:
    """Lines, ticks and numbers of both axes."""
    x, y = layout["xaxis"], layout["yaxis"]
    bottom, left = at.y(0, "paper"), at.x(0, "paper")
    if x.get("visible", True):
        if x["showline"]:
            yield tag("line", x1=left, y1=bottom, x2=at.x(1, "paper"), y2=bottom, stroke=paint(x["linecolor"]))
        for value, text in kept_ticks(x, layout["meta"]["keep"], at):
            yield from _x_tick(x, at.x(value), text, bottom)
    if y.get("visible", True):
        if y["showline"]:
            yield tag("line", x1=left, y1=at.y(1, "paper"), x2=left, y2=bottom, stroke=paint(y["linecolor"]))
        for value, text in zip(y["tickvals"], y["ticktext"], strict=True):
            yield from _y_tick(y, at.y(value), text, left)


def _x_tick(axis: Piece, x: float, text: str, bottom: float) -> Iterator[str]:
    """One tick under the plot."""
    long = axis["ticklen"] if axis["ticks"] else 0
    if long:
        yield tag("line", x1=x, y1=bottom, x2=x, y2=bottom + long, stroke=paint(axis["tickcolor"]))
    if text:
        yield _text(text, x, bottom + long + 4 + LINE_HEIGHT / 2, anchor="middle", colour=axis["tickfont"]["color"])


def _y_tick(axis: Piece, y: float, text: str, left: float) -> Iterator[str]:
    """One tick beside the plot."""
    long = axis["ticklen"] if axis["ticks"] else 0
    if long and axis["tickcolor"] != CLEAR:
        yield tag("line", x1=left - long, y1=y, x2=left, y2=y, stroke=paint(axis["tickcolor"]))
    yield _text(text, left - long - 4, y, anchor="end", colour=axis["tickfont"]["color"])


def _text(text: str, x: float, y: float, *, anchor: str, colour: str, turn: float = 0) -> str:
    """A text whose first line has its middle at `y`."""
    lines = lines_of(text)
    spans = [tag("tspan", escape(line), x=x, dy=LINE_HEIGHT if k else None) for k, line in enumerate(lines)]
    return tag(
        "text",
        "".join(spans) if len(lines) > 1 else escape(lines[0]),
        x=x,
        y=y + BASELINE * TEXT_SIZE,
        fill=paint(colour),
        font_size=TEXT_SIZE,
        text_anchor=None if anchor == "start" else anchor,
        transform=f"rotate({turn:.1f} {x:.1f} {y:.1f})" if turn else None,
    )


def _annotation(note: Piece, at: Frame) -> str:
    """A label where it has been placed."""
    x = at.x(note["x"], note.get("xref", "x")) + note.get("xshift", 0)
    y = at.y(note["y"], note.get("yref", "y")) - note.get("yshift", 0)
    rows = len(lines_of(note["text"]))
    y += LINE_HEIGHT * {"top": 0.5, "middle": 0.5 - rows / 2, "bottom": 0.5 - rows}[note["yanchor"]]
    anchor = {"left": "start", "center": "middle", "right": "end"}[note["xanchor"]]
    told = _text(note["text"], x, y, anchor=anchor, colour=note["font"]["color"], turn=note.get("textangle", 0))
    return _ground(note, at) + told if "bgcolor" in note else told


def _ground(note: Piece, at: Frame) -> str:
    """A colour behind a label."""
    x0, y0, x1, y1 = box_of(note, at)
    return tag("rect", x=x0 - 1, y=y0, width=x1 - x0 + 2, height=y1 - y0, fill=paint(note["bgcolor"]))


def _traces(data: Sequence[Piece], layout: Piece, at: Frame) -> Iterator[str]:
    """Every trace, in the order in which it is drawn."""
    ends = [0.0] * max((len(trace["y"]) for trace in data if trace["type"] == "bar"), default=0)
    for trace in data:
        parts = _bars(trace, layout, ends, at) if trace["type"] == "bar" else _scatter(trace, at)
        drawn = "".join(parts)
        yield tag("g", drawn, opacity=trace["opacity"]) if trace.get("opacity", 1) != 1 else drawn


def _scatter(trace: Piece, at: Frame) -> Iterator[str]:
    """Area, line, error bars, marks."""
    if trace.get("fill") == "toself":
        yield from _area(trace, at)
    if "lines" in trace["mode"]:
        d = _broken(trace, at)
        yield tag("path", d=d, fill="none", stroke_linejoin="round", **_stroke(trace["line"]))
    if "error_y" in trace:
        yield from _error_bars(trace, at)
    if "markers" in trace["mode"]:
        yield from _marks(trace, at)


def _area(trace: Piece, at: Frame) -> Iterator[str]:
    """A filled polygon, or its hatching."""
    corners = [(at.x(x), at.y(y)) for x, y in zip(trace["x"], trace["y"], strict=True)]
    if "fillpattern" in trace:
        yield _hatch(corners, trace["fillpattern"]["fgcolor"])
    else:
        yield tag(
            "path", d="M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners) + "Z", fill=paint(trace["fillcolor"])
        )


def _hatch(corners: Sequence[tuple[float, float]], colour: str) -> str:
    """Slanted lines inside a polygon."""
    d = "".join(f"M{a[0]:.1f} {a[1]:.1f}L{b[0]:.1f} {b[1]:.1f}" for a, b in hatching(corners))
    return tag("path", d=d, stroke=paint(colour), stroke_width=1, fill="none")


def _broken(trace: Piece, at: Frame) -> str:
    """A line that breaks where there is no value."""
    made, pen = [], "M"
    for x, y in zip(trace["x"], trace["y"], strict=True):
        if x is None or y is None:
            pen = "M"
        else:
            made.append(f"{pen}{at.x(x):.1f} {at.y(y):.1f}")
            pen = "L"
    return "".join(made)


def _error_bars(trace: Piece, at: Frame) -> Iterator[str]:
    """An upright interval through each mark."""
    bars = trace["error_y"]
    line = {"stroke": paint(bars["color"]), "stroke_width": bars["thickness"]}
    for x, y, up, down in zip(trace["x"], trace["y"], bars["array"], bars["arrayminus"], strict=True):
        yield tag("line", x1=at.x(x), y1=at.y(y + up), x2=at.x(x), y2=at.y(y - down), **line)


def _each(value: object, n: int) -> Iterable[object]:
    """One value for each mark, whether one or a list is given."""
    return value if isinstance(value, list) else [value] * n


def _marks(trace: Piece, at: Frame) -> Iterator[str]:
    """Every mark of a trace."""
    marker, n = trace["marker"], len(trace["x"])
    looks = zip(*(_each(v, n) for v in (marker["symbol"], marker["color"], marker["line"]["width"])), strict=True)
    for x, y, (symbol, colour, stroke) in zip(trace["x"], trace["y"], looks, strict=True):
        if x is not None and y is not None:
            yield _mark(str(symbol), at.x(x), at.y(y), marker["size"], _ink(str(symbol), colour, stroke))


def _ink(symbol: str, colour: object, stroke: object) -> Piece:
    """Fill and stroke of a mark: open and thin marks have no filling."""
    if symbol.endswith((OPEN, "-thin")) or symbol.startswith("line-"):
        return {"fill": "none", "stroke": paint(colour), "stroke_width": stroke or 1}
    return {"fill": paint(colour)}


def _mark(symbol: str, x: float, y: float, size: float, ink: Piece) -> str:
    """One mark."""
    if symbol.startswith("circle"):
        return tag("circle", cx=x, cy=y, r=size / 2, **ink)
    return tag("path", d=outline(symbol, x, y, size), **ink)


def _bars(trace: Piece, layout: Piece, ends: list[float], at: Frame) -> Iterator[str]:
    """The bars of a trace; lying ones are stacked upon what `ends` says was drawn before."""
    lying, half = trace.get("orientation") == "h", (1 - layout["bargap"]) / 2
    marker, n = trace["marker"], len(trace["x"])
    looks = zip(_each(marker["color"], n), _each(marker["line"]["color"], n), strict=True)
    for k, (x, y, (fill, edge)) in enumerate(zip(trace["x"], trace["y"], looks, strict=True)):
        if lying:
            corners = (at.x(ends[k]), at.y(y - half), at.x(ends[k] + x), at.y(y + half))
            ends[k] += x
        else:
            corners = (at.x(x - half), at.y(y), at.x(x + half), at.y(0))
        if corners[0] != corners[2]:
            yield from _bar(trace, k, corners, fill, edge)


def _bar(trace: Piece, k: int, corners: tuple[float, ...], fill: object, edge: object) -> Iterator[str]:
    """One bar, its hatching, and its number where it fits."""
    x0, x1 = sorted((corners[0], corners[2]))
    y0, y1 = sorted((corners[1], corners[3]))
    yield tag("rect", x=x0, y=y0, width=x1 - x0, height=y1 - y0, fill=paint(fill), stroke=paint(edge))
    if "pattern" in trace["marker"]:
        yield _hatch([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], trace["marker"]["pattern"]["fgcolor"])
    text = trace["text"][k] if trace["textposition"] == "inside" else ""
    if text and wide(text) + TEXT_SIZE / 2 <= x1 - x0:
        ink = trace["insidetextfont"]["color"]
        yield _text(text, (x0 + x1) / 2, (y0 + y1) / 2, anchor="middle", colour=ink)
