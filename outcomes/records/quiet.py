"""What the database library may say of itself: statements, never the rows that came back."""

import logging

ROWS = ("Row ", "Col ")
SPEAKER = "sqlalchemy.engine.Engine"


def _tells_no_row(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(ROWS)


def keep_rows_out_of_logs() -> None:
    """Leave rows out of the library's log, however much it is told to say; parameters it hides by itself."""
    logging.getLogger(SPEAKER).addFilter(_tells_no_row)
