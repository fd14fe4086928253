"""Checks that several forms share: days that have not come yet, texts that are too long, numbers out of range."""

from datetime import date

from outcomes.actions.errors import Invalid
from outcomes.voice import N_


def not_to_come(today: date, field: str, day: date | None) -> None:
    """Refuse a date that is still to come.

    Raises:
        Invalid: names the field.
    """
    if day is not None and day > today:
        raise Invalid("date_to_come", field, N_("This date is still to come."))


def in_order(field: str, first: date | None, last: date | None) -> None:
    """Refuse an end that lies before its beginning.

    Raises:
        Invalid: names the field.
    """
    if first is not None and last is not None and last < first:
        raise Invalid("order_of_dates", field, N_("This date lies before the beginning."))


def fits(field: str, text: str | None, longest: int) -> None:
    """Refuse a text that is too long to be stored.

    Raises:
        Invalid: names the field and the limit.
    """
    if text is not None and len(text) > longest:
        raise Invalid("too_long", field, N_("This is too long: at most %(most)s characters."), most=longest)


def needed(field: str, text: str | None) -> str:
    """Return a text without the spaces around it; refuse one that is empty.

    Raises:
        Invalid: names the field.
    """
    words = (text or "").strip()
    if not words:
        raise Invalid("needed", field, N_("This is needed."))
    return words


def within(field: str, number: float | None, least: float, most: float) -> None:
    """Refuse a number outside its range, or one that is none.

    Raises:
        Invalid: names the field and the range.
    """
    if number is not None and not least <= number <= most:
        raise Invalid(
            "out_of_range", field, N_("A number from %(least)s to %(most)s is needed."), least=least, most=most
        )
