"""What a query says when there is nothing to show."""

from uuid import UUID


class NotFound(LookupError):  # noqa: N818 - the name by which every door knows it
    """There is no such record here; a foreign record and an absent one are told apart by nobody."""

    code = "not_found"

    def __init__(self, subject: str, row_id: UUID | str | None = None) -> None:
        super().__init__(f"{self.code}: {subject} {row_id}")
        self.subject = subject
        self.row_id = row_id
