"""What has been worked out from a clinic's data, kept until the data change."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.records.tables import ChainHead

T = TypeVar("T")


def data_version(scope: Scope, session: Session) -> int:
    """The version of the clinic's data: the newest position of its audit chain. Reading and drafts do not move it."""
    return session.scalar(select(ChainHead.position).where(ChainHead.clinic_id == scope.clinic_id)) or 0


class Remembered:
    """A small memory of results, each true for one version of one clinic's data. One is made by each process.

    The oldest results give way when there are more than `size`. A result is only asked for inside a
    reading transaction, whose view of the data is the one its version names.
    """

    def __init__(self, size: int = 64) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()
        self._lock = Lock()

    def get(self, scope: Scope, session: Session, name: Hashable, make: Callable[[], T]) -> T:
        """Return the result of this name for the data as they are, working it out when it is not known yet."""
        key, version = (scope, name), data_version(scope, session)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept[0] == version:
                self._kept.move_to_end(key)
                result: T = kept[1]
                return result
        result = make()
        with self._lock:
            self._kept[key] = (version, result)
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return result

    def forget(self, clinic_id: UUID) -> None:
        """Drop everything known of a clinic."""
        with self._lock:
            for key in [key for key in self._kept if key[0].clinic_id == clinic_id]:  # type: ignore[index]  # keys are pairs
                del self._kept[key]
