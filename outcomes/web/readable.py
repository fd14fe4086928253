"""What no database keeps and no page can show is refused before a view sees it: a NUL, half of a letter."""

import re
from collections.abc import Iterator
from http import HTTPStatus

from flask import Flask, abort, request

UNREADABLE = re.compile("[\x00\ud800-\udfff]")
WHOLE = re.compile("[0-9]{1,9}")


def whole_number(text: str | None) -> int:
    """Read what a hidden field counts with; anything but a plain number of a few digits is 0."""
    return int(text) if text and WHOLE.fullmatch(text) else 0


def _texts(value: object) -> Iterator[str]:
    """Yield every text in what JSON holds, names included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _sent() -> Iterator[str]:
    """Yield every text that this request sends."""
    yield request.path
    for pairs in (request.args, request.form):
        for name, value in pairs.items(multi=True):
            yield from (name, value)
    if request.is_json and request.content_length:
        yield from _texts(request.get_json(silent=True))


def _refuse() -> None:
    try:
        if any(UNREADABLE.search(text) for text in _sent()):
            abort(HTTPStatus.BAD_REQUEST)
    except RecursionError:  # brackets within brackets, thousands deep
        abort(HTTPStatus.BAD_REQUEST)


def refuse_unreadable(app: Flask) -> None:
    """Have an app refuse what it could neither keep nor show."""
    app.before_request(_refuse)
