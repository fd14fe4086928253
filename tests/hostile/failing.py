"""An application that fails in every way a web server has to tell of, with a value in each."""

from collections.abc import Iterable
from typing import Any

SAID = "Ayşe Yılmaz 41.37219"


class Late:
    """A body that fails when it is closed."""

    def __iter__(self) -> Any:
        return iter([b"ok"])

    def close(self) -> None:
        raise ValueError(SAID)


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Fail at once, or when the answer is closed."""
    if environ["PATH_INFO"].startswith("/at-once"):
        raise ValueError(SAID)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return Late()
