"""Where labels stand in a still picture: the same rules as the page's script, in pixels of a fixed size.

A label takes the first of its places where it touches no line, mark, bar or other label and stays inside the
picture, else the one where it touches least; an optional one then stays away. Ticks give way in the order of their
importance.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape
from itertools import pairwise
from math import atan2, cos, degrees, radians, sin
from typing import Any

from outcomes.figures.style import BACKDROP, TEXT_SIZE, Piece

LINE_HEIGHT = 1.3 * TEXT_SIZE
CLEARANCE = 3
TICK_GAP = 6
BEAD, EDGE = 6, 2
_NARROW, _MIDDLE, _WIDE = 0.34, 0.58, 0.86
_ADVANCES = dict.fromkeys("iıjltfrI.,:;'|!()[] ·/", _NARROW) | dict.fromkeys("mwMWÖOQGĞ@%—", _WIDE)
"""Width of a sign as a share of the type's size, where it is not that of most."""

RULE_HARM, STROKE_HARM, BOX_HARM, OUTSIDE_HARM = 1, 4, 8, 100
"""How bad it is to write over a thin line, over data, over a bar or another label, and outside the picture."""

Box = tuple[float, float, float, float]
Line = tuple[float, float, float, float, float, int]
"""Both ends, the reach to either side, and the harm of a touch."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The plotting area of a picture, and how values become pixels."""

    width: float
    height: float
    left: float
    top: float
    inner_width: float
    inner_height: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def x(self, value: float, ref: str = "x") -> float:
        """Pixels from the left; `ref` "paper" takes a share of the width."""
        low, high = self.x_range
        share = value if ref == "paper" else (value - low) / (high - low)
        return self.left + share * self.inner_width

    def y(self, value: float, ref: str = "y") -> float:
        """Pixels from the top; `ref` "paper" takes a share of the height."""
        low, high = self.y_range
        share = value if ref == "paper" else (value - low) / (high - low)
        return self.top + (1 - share) * self.inner_height


@dataclass(slots=True)
class Taken:
    """What labels should not touch: lines with their reach and how bad a touch is, and boxes."""

    lines: list[Line] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)

    def harm(self, box: Box) -> int:
        """How bad it is to write over this box: 0 when nothing lies there."""
        boxes = BOX_HARM * sum([overlap(box, other) for other in self.boxes])
        return boxes + sum([line[5] for line in self.lines if crosses(box, line)])


def frame(layout: Piece, width: float | None = None) -> Frame:
    """Measure the plotting area of a layout, at its own width or another."""
    margin, wide, high = layout["margin"], width or layout["width"], layout["height"]
    return Frame(
        wide,
        high,
        margin["l"],
        margin["t"],
        wide - margin["l"] - margin["r"],
        high - margin["t"] - margin["b"],
        tuple(layout["xaxis"]["range"]),
        tuple(layout["yaxis"]["range"]),
    )


def lines_of(text: str) -> list[str]:
    """The lines of a figure's text as they are read."""
    return [unescape(part) for part in text.split("<br>")]


def wide(text: str) -> float:
    """Estimate the width of a figure's text in pixels."""
    return max(sum([_ADVANCES.get(sign, _MIDDLE) for sign in line]) for line in lines_of(text)) * TEXT_SIZE


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share a point."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def crosses(box: Box, line: Line) -> bool:
    """Whether a line, thickened by its reach, enters a box (Liang and Barsky's clipping)."""
    ax, ay, bx, by, reach, _ = line
    x0, y0, x1, y1 = box[0] - reach, box[1] - reach, box[2] + reach, box[3] + reach
    if (ax < x0 and bx < x0) or (ax > x1 and bx > x1) or (ay < y0 and by < y0) or (ay > y1 and by > y1):
        return False
    start, end = 0.0, 1.0
    for delta, low, high in ((bx - ax, x0 - ax, x1 - ax), (by - ay, y0 - ay, y1 - ay)):
        if delta:
            near, far = sorted((low / delta, high / delta))
            start, end = max(start, near), min(end, far)
    return start <= end


def box_of(note: Piece, at: Frame) -> Box:
    """The box that an annotation's text covers."""
    x = at.x(note["x"], note.get("xref", "x")) + note.get("xshift", 0)
    y = at.y(note["y"], note.get("yref", "y")) - note.get("yshift", 0)
    w, h = wide(note["text"]), LINE_HEIGHT * len(lines_of(note["text"]))
    left = x - w * {"left": 0, "center": 0.5, "right": 1}[note["xanchor"]]
    top = y - h * {"top": 0, "middle": 0.5, "bottom": 1}[note["yanchor"]]
    return left, top, left + w, top + h


def placed(plot: dict[str, Any], at: Frame) -> list[Piece]:
    """The annotations of a plot, each where it may stand, without those that found no room."""
    layout = plot["layout"]
    rules = {rule["note"]: rule for rule in layout["meta"]["places"]}
    taken, made = _taken(plot, at), []
    for k, note in sorted(enumerate(layout["annotations"]), key=lambda pair: pair[0] in rules):
        stood = _stand(note, rules.get(k), taken, at)
        if stood is not None:
            taken.boxes.append(_grown(box_of(stood, at)))
            made.append(stood)
    return made


def _grown(box: Box) -> Box:
    """A box with a little room round it."""
    return box[0] - CLEARANCE, box[1], box[2] + CLEARANCE, box[3]


def _stand(note: Piece, rule: Piece | None, taken: Taken, at: Frame) -> Piece | None:
    """One annotation in its final place; None when it stays away."""
    if rule is None:
        return note
    if "along" in rule:
        return _slanted(note, rule, taken, at)
    choices = [note | {"text": rule["text"]} | wish for wish in rule["wishes"]]
    best, least = _least_harmful(choices, lambda choice: _harm(box_of(choice, at), taken, at))
    bearable = rule["bearable"]
    return None if bearable is not None and least > bearable else best


def _least_harmful(choices: Sequence[Piece], harm_of: Callable[[Piece], int]) -> tuple[Piece, int]:
    """The first of the choices that do least harm, and that harm; none is looked at after one that does no harm."""
    harms: list[int] = []
    for choice in choices:
        harms.append(harm_of(choice))
        if not harms[-1]:
            break
    least = min(harms)
    return choices[harms.index(least)], least


def _slanted(note: Piece, rule: Piece, taken: Taken, at: Frame) -> Piece:
    """A label beside a slanted line, at the share of it where it touches least."""
    choices = []
    for x0, y0, x1, y1, lift in rule["along"]:
        turn = atan2(at.y(y1) - at.y(y0), at.x(x1) - at.x(x0))
        shift = {"textangle": degrees(turn), "xshift": lift * sin(turn), "yshift": lift * cos(turn)}
        choices += [note | shift | {"x": x0 + (x1 - x0) * s, "y": y0 + (y1 - y0) * s} for s in rule["shares"]]
    return _least_harmful(choices, lambda choice: sum(_harm(box, taken, at) for box in _beads(choice, at)))[0]


def _beads(note: Piece, at: Frame) -> Iterator[Box]:
    """Small boxes along a slanted text, in place of the text."""
    turn = radians(note["textangle"])
    x, y = at.x(note["x"]) + note["xshift"], at.y(note["y"]) - note["yshift"]
    half = wide(note["text"]) / 2
    for share in (-1, -0.5, 0, 0.5, 1):
        bx, by = x + share * half * cos(turn), y + share * half * sin(turn)
        yield bx - BEAD, by - BEAD, bx + BEAD, by + BEAD


def _harm(box: Box, taken: Taken, at: Frame) -> int:
    """How bad it is to write here."""
    inside = box[0] >= 0 and box[1] >= 0 and box[2] <= at.width - EDGE and box[3] <= at.height
    return taken.harm(_grown(box)) + (0 if inside else OUTSIDE_HARM)


def _taken(plot: dict[str, Any], at: Frame) -> Taken:
    """Everything drawn that a label must not touch."""
    taken = Taken(boxes=list(_numbers(plot["layout"]["yaxis"], at)))
    for shape in plot["layout"]["shapes"]:
        if shape["type"] == "line" and shape.get("name") != BACKDROP:
            taken.lines.append((*_ends(shape, at), 0.0, RULE_HARM))
    for trace in plot["data"]:
        if trace["type"] == "bar":
            taken.boxes.extend(_bars(trace, at))
        elif "fill" not in trace:
            taken.lines.extend(_strokes(trace, at))
    return taken


def _numbers(axis: Piece, at: Frame) -> Iterator[Box]:
    """The boxes of the numbers beside the plot."""
    if axis.get("visible", True):
        right = at.left - 4 - (axis["ticklen"] if axis["ticks"] else 0)
        for value, text in zip(axis["tickvals"], axis["ticktext"], strict=True):
            y = at.y(value)
            yield right - wide(text), y - LINE_HEIGHT / 2, right, y + LINE_HEIGHT / 2


def _ends(shape: Piece, at: Frame) -> tuple[float, float, float, float]:
    """Both ends of a line in pixels."""
    xref, yref = shape.get("xref", "x"), shape.get("yref", "y")
    return at.x(shape["x0"], xref), at.y(shape["y0"], yref), at.x(shape["x1"], xref), at.y(shape["y1"], yref)


def _bars(trace: Piece, at: Frame) -> Iterator[Box]:
    """The boxes of upright bars; lying ones fill their rows, where no label moves."""
    if trace.get("orientation") == "h":
        return
    for x, y in zip(trace["x"], trace["y"], strict=True):
        top, bottom = sorted((at.y(y), at.y(0)))
        yield at.x(x - 0.4), top, at.x(x + 0.4), bottom


def _strokes(trace: Piece, at: Frame) -> Iterator[Line]:
    """Line segments and marks of a trace."""
    points = [
        None if x is None or y is None else (at.x(x), at.y(y)) for x, y in zip(trace["x"], trace["y"], strict=True)
    ]
    if "lines" in trace["mode"]:
        yield from ((*a, *b, 2.0, STROKE_HARM) for a, b in pairwise(points) if a and b)
    if "markers" in trace["mode"]:
        yield from ((*p, *p, trace["marker"]["size"] / 2 + 1, STROKE_HARM) for p in points if p)


def kept_ticks(axis: Piece, keep: Sequence[int], at: Frame) -> list[tuple[float, str]]:
    """The ticks of the x axis; a number that would touch a more important one is left out, its tick is not."""
    values, texts = axis["tickvals"], axis["ticktext"]
    order = keep or range(len(values))
    boxes: list[tuple[float, float]] = []
    chosen = set()
    for k in order:
        middle, half = at.x(values[k]), wide(texts[k]) / 2 + TICK_GAP / 2
        if all(middle + half <= low or high <= middle - half for low, high in boxes):
            boxes.append((middle - half, middle + half))
            chosen.add(k)
    return [(value, texts[k] if k in chosen else "") for k, value in enumerate(values)]
