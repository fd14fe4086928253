"""The application as production makes it, warmed up once: a worker forked from it serves at once.

`FAULT` in the environment breaks it on purpose, to see that a harness notices.
"""

import os
import time

from flask import g, request

from config import read_settings
from outcomes.actions import assess
from outcomes.web import database
from outcomes.web.app import create_app


def acknowledge_before_the_commit() -> None:
    """Answer first, commit a moment later."""

    def finish(response):
        opened = g.pop("session", None)
        if opened is None:
            return
        if request.method in database.SAFE or response.status_code >= 400:
            opened.close()
            return

        def late():
            time.sleep(0.03)
            opened.commit()
            opened.close()

        response.call_on_close(late)

    database._finish = finish


def drop_the_key() -> None:
    """Do what a form asks for each time it comes."""
    assess.once = lambda _work, _key, _body, do: do()


FAULTS = {
    "acknowledge_before_the_commit": acknowledge_before_the_commit,
    "drop_the_key": drop_the_key,
}

if os.environ.get("FAULT"):
    FAULTS[os.environ["FAULT"]]()

app = create_app(read_settings())
_records = app.extensions["records"]
_records.catalogue  # noqa: B018 - read now, before the fork
app.test_client().get("/login")
_records.engine.dispose()
