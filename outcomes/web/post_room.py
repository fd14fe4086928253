"""Letters are written and sent after the answer, on a thread of their own.

So nobody can tell by the clock whether an address has an account, and a slow mail server holds up no page.
"""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from outcomes.actions.signing_in_links import write_link
from outcomes.exchange.letters import Letter, LetterNotSent, send
from outcomes.terms import LinkKind
from outcomes.web.database import Records, after_the_answer, records

MOST_WAITING = 100
log = logging.getLogger("outcomes.web")


class PostRoom:
    """One thread that writes and sends letters, and what waits for it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="post")
        self._waiting: list[Future[None]] = []
        self._lock = threading.Lock()

    def send_link(self, kind: LinkKind, typed: str) -> None:
        """Have a link sent to the account with an address, if there is one; a hundred may wait, no more."""
        opened = records()
        with self._lock:
            self._waiting = [each for each in self._waiting if not each.done()]
            if len(self._waiting) >= MOST_WAITING:
                log.error("letter_not_sent kind=too_many_waiting")
                return
            self._waiting.append(self._thread.submit(_send_link, opened, kind, typed))

    def settle(self) -> None:
        """Wait until nothing waits any more."""
        with self._lock:
            waiting = list(self._waiting)
        for each in waiting:
            each.result()


def post_room() -> PostRoom:
    """Return the post room of this program."""
    found: PostRoom = current_app.extensions["post_room"]
    return found


def open_post_room(app: Flask) -> None:
    """Give an app its post room; its thread starts with the first letter."""
    app.extensions["post_room"] = PostRoom()


def _send_link(opened: Records, kind: LinkKind, typed: str) -> None:
    try:
        letter = after_the_answer(opened, lambda door: write_link(door, kind, typed))
        if letter is not None:
            send(opened.settings, Letter(letter.to, letter.subject, letter.text), datetime.now(UTC))
    except (LetterNotSent, SQLAlchemyError) as error:
        log.error("letter_not_sent kind=%s", type(error).__name__)  # noqa: TRY400 - the text of the error may hold values
