"""Hierarchies of words as data: which words may stand for which, from the word itself to the one that covers all."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from outcomes.privacy.quasi import Tree

FOLDER = Path(__file__).parent / "hierarchies"
ALL = "*"


class HierarchyError(ValueError):
    """A hierarchy is not one: names the word and what is wrong with it."""

    def __init__(self, name: str, word: str, reason: str) -> None:
        super().__init__(f"{name}, {word}: {reason}")
        self.name, self.word = name, word


def tree(name: str, paths: Iterable[tuple[str, ...]]) -> Tree:
    """Make a hierarchy from the way of each word to the top.

    Parameters:
        name: the column.
        paths: for each word the labels that may stand for it, itself first.

    Returns:
        The hierarchy.

    Raises:
        HierarchyError: a word twice, ways of different lengths, a word under two labels, or no common top.

    References:
        Samarati 2001, https://doi.org/10.1109/69.971193 (hierarchies of generalisation).

    Example:
        >>> tree("route", [("enema", "lower", "*"), ("capsule", "upper", "*")]).paths["enema"]
        ('enema', 'lower', '*')
    """
    found: dict[str, tuple[str, ...]] = {}
    above: dict[tuple[int, str], str] = {}
    for path in paths:
        word = path[0]
        if word in found:
            raise HierarchyError(name, word, "named twice")
        if found and len(path) != len(next(iter(found.values()))):
            raise HierarchyError(name, word, "its way to the top is longer or shorter than the others'")
        for level, (label, over) in enumerate(pairwise(path)):
            if above.setdefault((level, label), over) != over:
                raise HierarchyError(name, label, "stands under two labels")
        found[word] = path
    if len({path[-1] for path in found.values()}) != 1:
        raise HierarchyError(name, "", "has no common top")
    return Tree(name, found)


@lru_cache(maxsize=32)
def shipped(name: str) -> Tree:
    """Read a hierarchy that comes with the program: `hierarchies/<name>.toml`.

    Parameters:
        name: the column's name.

    Returns:
        The hierarchy.

    Raises:
        HierarchyError: what the file holds is no hierarchy.
        FileNotFoundError: there is none of that name.

    References:
        Each file names where its groups come from.

    Example:
        >>> shipped("sex").paths["female"]
        ('female', '*')
    """
    with (FOLDER / f"{name}.toml").open("rb") as file:
        data = tomllib.load(file)
    return tree(name, _paths(data["words"]))


def _paths(words: Mapping[str, list[str]]) -> Iterable[tuple[str, ...]]:
    """Read each word's way; the top needs no mention."""
    return ((word, *labels, ALL) for word, labels in words.items())


def flat(name: str, words: Iterable[str]) -> Tree:
    """Make a hierarchy without steps: the word itself or everything.

    Parameters:
        name: the column.
        words: the words that occur.

    Returns:
        The hierarchy.

    Raises:
        HierarchyError: a word twice.

    References:
        Samarati 2001, https://doi.org/10.1109/69.971193.

    Example:
        >>> flat("country", ["TR", "NO"]).paths["NO"]
        ('NO', '*')
    """
    return tree(name, ((word, ALL) for word in words))


def under(name: str, words: Iterable[str]) -> Tree:
    """Take the part of a shipped hierarchy that holds some words, so that loss is counted among what occurs.

    Parameters:
        name: the shipped hierarchy.
        words: the words that occur.

    Returns:
        The hierarchy of these words.

    Raises:
        HierarchyError: a word that the hierarchy does not hold.

    References:
        United Nations M49, https://unstats.un.org/unsd/methodology/m49/ (regions of countries).

    Example:
        >>> under("country", ["TR", "NO"]).paths["NO"]
        ('NO', 'Northern Europe', 'Europe', '*')
    """
    whole = shipped(name).paths
    chosen = list(words)
    for word in chosen:
        if word not in whole:
            raise HierarchyError(name, word, "is not known")
    return tree(name, (whole[word] for word in chosen)) if chosen else shipped(name)
