"""Grouping by sweeps: every way of coarsening in turn, the cheapest first, takes the rows that gain by it.

A class is opened where at least k patients gain, and never by leaving another class with fewer than k. Each sweep costs
one pass over the rows for each way of coarsening, so that tens of thousands of rows take seconds.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from outcomes.privacy.quasi import Coded, Floats, Ints, different

LEAST_GAIN = 1e-9
ALONE = -1
"""The number of no class: rows that are in none yet."""
MOST_SWEEPS = 20


class Grouping:
    """Rows in classes of k and more, with what each row loses; changed by `sweep`, read by `classes`."""

    def __init__(
        self,
        columns: Sequence[Coded],
        rows: int,
        k: int,
        sensitive: Sequence[Ints] = (),
        least: int = 1,
        alone: float = 1,
    ) -> None:
        self.columns, self.k, self.sensitive, self.least = columns, k, sensitive, least
        self.node = np.full(rows, ALONE, dtype=np.int64)
        self.loss: Floats = np.full(rows, float(alone))
        self._size: dict[int, int] = {ALONE: rows}
        self._held: dict[int, list[Counter[int]]] = {ALONE: self._count(np.arange(rows))}
        self._keys, self._losses = _steps(columns)
        self._ways = _by_loss(self._losses)

    def _count(self, rows: Ints) -> list[Counter[int]]:
        """Count the sensitive values of some rows, column by column."""
        return [Counter(column[rows].tolist()) for column in self.sensitive]

    def run(self) -> None:
        """Sweep until nothing moves."""
        for _ in range(MOST_SWEEPS):
            if not self.sweep():
                return

    def sweep(self) -> int:
        """Try every way of coarsening once; return how many rows moved."""
        moved = 0
        for way in self._ways:
            key, loss = self._at(way)
            gain = self.loss - loss
            for rows in self._gaining(key, gain):
                moved += self._take(int(key[rows[0]]), rows, loss)
        return moved

    def _at(self, way: tuple[int, ...]) -> tuple[Ints, Floats]:
        """Give every row its class and its loss under one way of coarsening."""
        key, loss = self._keys[0][way[0]].copy(), self._losses[0][way[0]].copy()
        for column, level in enumerate(way[1:], start=1):
            key += self._keys[column][level]
            loss += self._losses[column][level]
        return key, loss

    def _gaining(self, key: Ints, gain: Floats) -> Iterator[Ints]:
        """Yield the rows that would gain, class by class, the greatest gain first."""
        better = np.nonzero(gain > LEAST_GAIN)[0]
        if not len(better):
            return
        found, place, count = np.unique(key[better], return_inverse=True, return_counts=True)
        enough = count >= self.k
        if len(self._size) > 1:
            enough |= np.array([node in self._size for node in found.tolist()])
        good = np.nonzero(enough[place])[0]
        good = good[np.lexsort((-gain[better[good]], place[good]))]
        if len(good):
            yield from np.split(better[good], np.nonzero(np.diff(place[good]))[0] + 1)

    def _take(self, node: int, rows: Ints, loss: Floats) -> int:
        """Move rows into a class as far as the classes they leave allow; return how many moved."""
        chosen = self._free(rows)
        if len(chosen) + self._size.get(node, 0) < self.k or not self._diverse(node, chosen):
            return 0
        for row in chosen.tolist():
            self._leave(row)
        self._enter(node, chosen)
        self.node[chosen], self.loss[chosen] = node, loss[chosen]
        return len(chosen)

    def _free(self, rows: Ints) -> Ints:
        """Choose the rows that may leave their class: all of it, or those above what it must keep."""
        from_class = self.node[rows].tolist()
        asked = Counter(from_class)
        spare = {node: self._size[node] - self.k for node in asked if asked[node] < self._size[node] and node != ALONE}
        kept = {node: [held.copy() for held in self._held[node]] for node in spare} if self.sensitive else {}
        chosen = []
        for row, node in zip(rows.tolist(), from_class, strict=True):
            if node in spare:
                if spare[node] <= 0 or not self._spared(kept.get(node, []), row):
                    continue
                spare[node] -= 1
            chosen.append(row)
        return np.array(chosen, dtype=np.int64)

    def _spared(self, held: list[Counter[int]], row: int) -> bool:
        """Take a row's sensitive values out of a count, unless too few different ones would be left."""
        for counts, column in zip(held, self.sensitive, strict=False):
            last = counts[int(column[row])] == 1
            if len(+counts) - last < self.least:
                return False
        for counts, column in zip(held, self.sensitive, strict=False):
            counts[int(column[row])] -= 1
        return True

    def _diverse(self, node: int, rows: Ints) -> bool:
        """Whether a class with these rows added has enough different sensitive values."""
        held = self._held.get(node) or [Counter() for _ in self.sensitive]
        added = self._count(rows)
        return all(len(+(old + new)) >= self.least for old, new in zip(held, added, strict=True))

    def _leave(self, row: int) -> None:
        """Take a row out of its class; an empty class is gone."""
        node = int(self.node[row])
        self._size[node] -= 1
        for counts, column in zip(self._held[node], self.sensitive, strict=True):
            counts[int(column[row])] -= 1
        if not self._size[node] and node != ALONE:
            del self._size[node], self._held[node]

    def _enter(self, node: int, rows: Ints) -> None:
        """Put rows into a class."""
        self._size[node] = self._size.get(node, 0) + len(rows)
        held = self._held.setdefault(node, [Counter() for _ in self.sensitive])
        for counts, added in zip(held, self._count(rows), strict=True):
            counts.update(added)

    def classes(self) -> tuple[list[Ints], Ints]:
        """Give the rows of every class, and the rows that are in none."""
        order = np.argsort(self.node, kind="stable")
        parts = np.split(order, np.nonzero(np.diff(self.node[order]))[0] + 1) if len(order) else []
        alone = np.nonzero(self.node == ALONE)[0]
        return [part for part in parts if self.node[part[0]] != ALONE], alone


def _steps(columns: Sequence[Coded]) -> tuple[list[list[Ints]], list[list[Floats]]]:
    """Give each column's share of a class number and of the loss, for each of its splits."""
    keys, losses, radix = [], [], 1
    for column in columns:
        first, mine = 0, []
        splits = different(column.splits)
        for split in splits:
            mine.append((split.group + first) * radix)
            first += split.groups
        keys.append(mine)
        losses.append([column.weight * split.loss / len(columns) for split in splits])
        radix *= first
        if radix >= 2**62:
            raise ValueError("these quasi-identifiers have too many combinations")
    return keys, losses


def _by_loss(losses: list[list[Floats]]) -> list[tuple[int, ...]]:
    """List every way of coarsening all columns, the cheapest first."""
    means = [[float(loss.mean()) if len(loss) else 0.0 for loss in column] for column in losses]
    ways = list(product(*(range(len(column)) for column in means)))
    return sorted(ways, key=lambda way: sum(column[level] for column, level in zip(means, way, strict=True)))
