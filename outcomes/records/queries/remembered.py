"""What has been worked out from a clinic's data, kept until the data change."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.records.session import reaches
from outcomes.records.tables import ChainHead

T = TypeVar("T")


def data_version(scope: Scope, session: Session) -> int:
    """The version of the clinic's data: the newest position of its audit chain. Reading and drafts do not move it."""
    return session.scalar(select(ChainHead.position).where(ChainHead.clinic_id == scope.clinic_id)) or 0


class NarrowReachError(RuntimeError):
    """Something was to be kept for everybody that was read in a session which does not see all of it."""


class Remembered:
    """A small memory of results, each true for one version of one clinic's data. One is made by each process.

    The oldest results give way when there are more than `size`. A result is only asked for inside a
    reading transaction, whose view of the data is the one its version names, and which sees all that its scope means.
    """

    def __init__(self, size: int = 64) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()
        self._lock = Lock()

    def get(self, scope: Scope, session: Session, name: Hashable, make: Callable[[], T]) -> T:
        """Return the result of this name for the data as they are, working it out when it is not known yet.

        Raises:
            NarrowReachError: if the session reaches less than the scope: what it sees is not true for everybody.
        """
        if not reaches(session, scope):
            raise NarrowReachError("a session keeps no result of more than it sees")
        version = data_version(scope, session)
        kept = self._entry(scope, name, version)
        if kept is not None:
            known: T = kept[1]
            return known
        result = make()
        with self._lock:
            self._kept[scope, name] = (version, result)
            self._kept.move_to_end((scope, name))
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return result

    def known(self, scope: Scope, session: Session, name: Hashable) -> Any:  # noqa: ANN401 - whatever `get` kept
        """Return what is kept of this name for the data as they are, None if nothing is; any session may ask."""
        kept = self._entry(scope, name, data_version(scope, session))
        return kept[1] if kept else None

    def _entry(self, scope: Scope, name: Hashable, version: int) -> tuple[int, Any] | None:
        with self._lock:
            kept = self._kept.get((scope, name))
            if kept is None or kept[0] != version:
                return None
            self._kept.move_to_end((scope, name))
            return kept

    def forget(self, clinic_id: UUID) -> None:
        """Drop everything known of a clinic."""
        with self._lock:
            for key in [key for key in self._kept if key[0].clinic_id == clinic_id]:  # type: ignore[index]  # keys are pairs
                del self._kept[key]
