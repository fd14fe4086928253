"""The log of the web server: what went wrong and where. Neither an address asked for nor the text of an error is in it.

There is no log of visits: who looked at which record is in the read log, inside the database.
"""

import sys
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from outcomes.web.whereabouts import way_of

INVALID = "Invalid request"


class ServerLog(Logger):
    """Gunicorn's own log without what it repeats of requests."""

    def exception(self, msg: Any, *_args: object, **_kwargs: object) -> None:  # noqa: ANN401 - gunicorn's own shape
        """Tell the kind and the place of an error; its text may hold what somebody typed."""
        error = sys.exc_info()[1]
        where = way_of(error.__traceback__) if error else ""
        self.error("server_error kind=%s at=%s", type(error).__name__ if error else msg, where)

    def warning(self, msg: Any, *args: object, **kwargs: object) -> None:  # noqa: ANN401 - gunicorn's own shape
        """Pass a warning on; of a request that cannot be read only that there was one."""
        if str(msg).startswith(INVALID):
            super().warning("invalid_request")
        else:
            super().warning(msg, *args, **kwargs)
