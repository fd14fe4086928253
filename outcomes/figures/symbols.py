"""The marks of a still picture as SVG paths: the few symbols of the vocabulary, drawn as Plotly draws them."""

from math import sqrt

OPEN = "-open"
THIN = frozenset({"x-thin", "line-ns", "line-ew"})


class UnknownSymbolError(Exception):
    """A figure uses a symbol that the still renderer cannot draw."""

    def __init__(self, symbol: str) -> None:
        super().__init__(symbol)


def outline(symbol: str, x: float, y: float, size: float) -> str:
    """The path of a symbol round a point.

    Raises:
        UnknownSymbolError: the symbol is not in the vocabulary.
    """
    corners = _corners(symbol.removesuffix(OPEN), size / 2)
    close = "" if symbol in THIN else "Z"
    strokes = ("L".join(f"{x + dx:.1f} {y + dy:.1f}" for dx, dy in part) for part in corners)
    return "".join(f"M{stroke}{close}" for stroke in strokes)


def _corners(symbol: str, r: float) -> list[list[tuple[float, float]]]:
    """The corners of a symbol round its centre, one list for each stroke."""
    t, d, c, o = r * 2 / sqrt(3), r * 1.3, r * 0.4, r * 1.2
    known: dict[str, list[list[tuple[float, float]]]] = {
        "square": [[(-r, -r), (r, -r), (r, r), (-r, r)]],
        "diamond": [[(d, 0), (0, d), (-d, 0), (0, -d)]],
        "cross": [
            [(o, c), (c, c), (c, o), (-c, o), (-c, c), (-o, c), (-o, -c), (-c, -c), (-c, -o), (c, -o), (c, -c), (o, -c)]
        ],
        "triangle-right": [[(-r / 2, -t), (-r / 2, t), (r, 0)]],
        "triangle-left": [[(r / 2, -t), (r / 2, t), (-r, 0)]],
        "x-thin": [[(-r, -r), (r, r)], [(r, -r), (-r, r)]],
        "line-ns": [[(0, -r * 1.4), (0, r * 1.4)]],
        "line-ew": [[(-r * 1.4, 0), (r * 1.4, 0)]],
    }
    if symbol not in known:
        raise UnknownSymbolError(symbol)
    return known[symbol]
