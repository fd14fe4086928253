"""Clients that enter visits without pause and send each again until it is acknowledged, and the recount."""

import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPException
from typing import Any

from tests.faults.house import Caller, Entry, House
from tests.faults.server import Gunicorn, post

UNSURE = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.INTERNAL_SERVER_ERROR})


@dataclass(slots=True)
class Clients:
    """Several callers at once. `acknowledged` is what the house promised to keep."""

    house: House
    server: Gunicorn
    callers: list[Caller]
    acknowledged: list[Entry] = field(default_factory=list)
    unsure: dict[Entry, datetime] = field(default_factory=dict)
    again: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _done: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> "Clients":
        """Let them begin."""
        self._threads = [threading.Thread(target=self._work, args=(each,), daemon=True) for each in self.callers]
        for thread in self._threads:
            thread.start()
        return self

    def finish(self) -> None:
        """Let each of them bring what it holds to its end."""
        self._done.set()
        for thread in self._threads:
            thread.join(timeout=90)
        if any(thread.is_alive() for thread in self._threads):
            raise RuntimeError("a client does not come to an end:\n" + self.server.said()[-3000:])

    def wait_for(self, count: int, patience: float = 90.0) -> None:
        """Wait until so many are acknowledged in all."""
        end = time.monotonic() + patience
        while len(self.acknowledged) < count:
            if time.monotonic() > end:
                raise RuntimeError(f"nothing is acknowledged: {self.refused}\n" + self.server.said()[-3000:])
            time.sleep(0.002)

    def _work(self, caller: Caller) -> None:
        while not self._done.is_set():
            with self._lock:
                entry = self.house.entry()
            self._enter(caller, entry)

    def _enter(self, caller: Caller, entry: Entry) -> None:
        while True:
            status = 0
            with suppress(OSError, HTTPException):
                status = post(self.server.port, entry.path, caller, entry.fields(caller), timeout=20)[0]
            with self._lock:
                if status == HTTPStatus.FOUND:
                    self.acknowledged.append(entry)
                    return
                self.again += 1
                self.unsure.setdefault(entry, datetime.now(UTC))
                self.refused[status] += 1
            if status and status not in UNSURE:
                self._done.set()
                return
            time.sleep(0.1)


@dataclass(frozen=True, slots=True)
class Recount:
    """What the database holds of what was acknowledged; `unheard` were stored although the client heard nothing."""

    lost: int
    twice: int
    halves: int
    orphans: int
    faults: tuple[Any, ...]
    whole: bool
    unheard: int

    @property
    def sound(self) -> bool:
        """Whether nothing is lost, doubled, half or damaged."""
        return self.whole and not (self.lost or self.twice or self.halves or self.orphans or self.faults)


def recount(house: House, clients: Clients) -> Recount:
    """Count what is stored, past the program."""
    acknowledged = clients.acknowledged
    rows = house.ask(
        "SELECT visit.patient_id, visit.on_date, count(DISTINCT assessment.id), count(score.scale), min(visit.made_at)"
        " FROM visit LEFT JOIN assessment ON assessment.visit_id = visit.id"
        " LEFT JOIN score ON score.assessment_id = assessment.id GROUP BY visit.id, visit.patient_id, visit.on_date"
    )
    stored = Counter((_plain(patient), str(on_date)) for patient, on_date, *_ in rows)
    meant = {(entry.patient_id.hex, entry.on_date.isoformat()) for entry in acknowledged}
    shapes = Counter((assessments, scores) for _, _, assessments, scores, _ in rows)
    usual = shapes.most_common(1)[0][0] if shapes else (0, 0)
    ((assessed,),) = house.ask("SELECT count(*) FROM assessment WHERE visit_id NOT IN (SELECT id FROM visit)")
    ((keys,),) = house.ask("SELECT count(*) FROM idempotency_key WHERE result IS NULL")
    return Recount(
        lost=sum(stored[each] == 0 for each in meant),
        twice=sum(count - 1 for count in stored.values()),
        halves=sum(count for shape, count in shapes.items() if shape != usual or not all(shape)),
        orphans=assessed + keys + sum(each not in meant for each in stored),
        faults=house.faults()[:5],
        whole=house.is_whole(),
        unheard=_unheard(clients.unsure, rows),
    )


def _unheard(unsure: dict[Entry, datetime], rows: list[Any]) -> int:
    """Count the visits that were made before their client gave up waiting for the answer."""
    failed = {(entry.patient_id.hex, entry.on_date.isoformat()): at for entry, at in unsure.items()}
    made = {(_plain(patient), str(on_date)): _instant(at) for patient, on_date, _, _, at in rows}
    return sum(each in made and made[each] < at for each, at in failed.items())


def _instant(value: object) -> datetime:
    read = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _plain(value: object) -> str:
    return str(value).replace("-", "")
