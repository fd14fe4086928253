"""The page on figures and numbers: made from its entries, the tests behind them and the program. `make docs`."""

import ast
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from outcomes.terms import Language
from outcomes.voice import Voice
from tests.figures.scenes import SCENES
from tests.manual.examples import EXAMPLES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "figures-and-numbers.md"
COMPUTED = re.compile(r"\[([^]]+)\]")

HEAD = """\
# What each figure and each number says

One paragraph for each figure and each number of individual change: what it shows, what it cannot say, and how one is
misled by it; then how it is made, an example, where it comes from, and the tests that hold it to its source. Numbers in
bold are computed by the program, and a test fails when they are not these. How the model and its intervals were checked
stands in [Statistics](statistics.md).

A source with ° was not read in the original: the formula or figure is taken as it is commonly quoted. What was checked
is the arithmetic: the tests compare it with published tables, with other software, or with the definition itself.

Written by `make docs` from `tests/manual/figures.toml`; do not edit it here.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is told of one figure or one number."""

    code: str
    title: str
    part: str
    says: str
    limits: str
    misleads: str
    made_by: tuple[str, ...]
    shown_by: tuple[str, ...]
    formula: str = ""
    example: str = ""
    scene: str = ""
    read: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers of the example that the program must give, in order."""
        return tuple(COMPUTED.findall(self.example))


@cache
def entries() -> tuple[Entry, ...]:
    """Read the entries in their order."""
    with (Path(__file__).parent / "figures.toml").open("rb") as file:
        raw: list[dict[str, Any]] = tomllib.load(file)["entry"]
    return tuple(_entry(each) for each in raw)


def _entry(raw: dict[str, Any]) -> Entry:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}
    return Entry(**fields)


def page() -> str:
    """Write the page as it should stand."""
    parts: dict[str, list[Entry]] = {}
    for entry in entries():
        parts.setdefault(entry.part, []).append(entry)
    bodies = (f"## {part}\n\n" + "\n".join(_told(entry) for entry in own) for part, own in parts.items())
    return HEAD + "\n" + "\n".join(bodies)


def _told(entry: Entry) -> str:
    lines = [f"- Formula: {entry.formula}"] if entry.formula else []
    lines.append(f"- Example: {_example(entry)}")
    if entry.read or entry.unread:
        lines.append("- Source: " + "; ".join([*entry.read, *(f"{each}°" for each in entry.unread)]))
    lines.append("- Held by: " + ", ".join(_link(node) for node in entry.shown_by))
    paragraph = f"{entry.says} {entry.limits} {entry.misleads}"
    return f"### {entry.title}\n\n{paragraph}\n\n" + "\n".join(lines) + "\n"


def _example(entry: Entry) -> str:
    """Give the worked example; for a figure, what it says of invented people."""
    if not entry.scene:
        return COMPUTED.sub(r"**\1**", entry.example)
    return f"over invented people it says “{SCENES[entry.scene](Voice(Language.ENGLISH)).headline}”."


def _link(node: str) -> str:
    file, name = node.split("::")
    return f"[{name.removeprefix('test_').replace('_', ' ')}](../{file})"


def computed(entry: Entry) -> tuple[str, ...]:
    """Compute the numbers of an entry's example."""
    return EXAMPLES[entry.code]()


def names_of_tests(file: str) -> set[str]:
    """Name the tests of a file; none when there is no such file."""
    path = ROOT / file
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.exists() else ast.Module([], [])
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
