"""When the records were last copied and tried, for the administrator; the commands themselves are the operator's."""

from datetime import UTC, datetime
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.records.backup import status
from outcomes.records.queries.trail import anchored
from outcomes.voice import Voice
from outcomes.web.clinic import blueprint
from outcomes.web.database import now, reading, records, voice
from outcomes.web.security import allow

TOO_OLD_HOURS = 26
DRILL_DAYS = 31
HOUR, DAY = 3600, 86400
NAMED_FROM = 2 * DAY
MEGABYTE = 1_000_000


@blueprint.get("/admin/backup")
@allow(Access.ADMINISTRATORS)
def backup() -> ResponseReturnValue:
    """Show the last backup, the last drill and the last anchor, each with its age."""
    told = status(records().settings.data)
    return render_template("clinic/backup.html", facts=_facts(voice(), told), warning=_warning(voice(), told))


def _facts(speaker: Voice, told: dict[str, Any]) -> list[tuple[str, str]]:
    made, tried = told.get("backup", {}), told.get("drill", {})
    facts = [(speaker.say("Last backup"), _when(speaker, made))]
    if made:
        size = speaker.number(round(made["bytes"] / MEGABYTE, 1))
        facts += [
            (speaker.say("File"), made["file"]),
            (speaker.say("Size"), speaker.say("%(size)s MB", size=size)),
            (speaker.say("Copy verified"), speaker.say("sound") if made["sound"] else speaker.say("not sound")),
        ]
    facts.append((speaker.say("Last drill"), _when(speaker, tried)))
    if tried:
        word = speaker.say("sound") if tried["code"] == 0 else speaker.say("not sound")
        facts.append((speaker.say("Outcome of the drill"), f"{word}, {speaker.number(tried['seconds'])} s"))
    at = anchored(*reading()).at
    facts.append((speaker.say("Last anchor"), _ago(speaker, at) if at else speaker.say("never")))
    return facts


def _warning(speaker: Voice, told: dict[str, Any]) -> str:
    """The one thing that most needs doing; nothing when all is well."""
    made, tried = told.get("backup"), told.get("drill")
    if not made:
        return speaker.say("There is no backup yet. What is lost now is lost for good.")
    if not made["sound"]:
        return speaker.say("The copy did not verify. Keep it, and verify the records.")
    if _age(made["at"]) > TOO_OLD_HOURS * HOUR:
        return speaker.say("The last backup is more than a day old.")
    if not tried or _age(tried["at"]) > DRILL_DAYS * DAY:
        return speaker.say("No backup was tried in the last month. A backup that was never restored is a hope.")
    return "" if tried["code"] == 0 else speaker.say("The last drill failed. The backup may not be good.")


def _when(speaker: Voice, told: dict[str, Any]) -> str:
    return _ago(speaker, datetime.fromisoformat(told["at"])) if told else speaker.say("never")


def _ago(speaker: Voice, at: datetime) -> str:
    seconds = _age(at.isoformat())
    if seconds < HOUR:
        return speaker.say("less than an hour ago")
    if seconds < NAMED_FROM:
        hours = int(seconds // HOUR)
        return speaker.count("%(n)s hour ago", "%(n)s hours ago", hours)
    days = int(seconds // DAY)
    return speaker.count("%(n)s day ago", "%(n)s days ago", days)


def _age(at: str) -> float:
    return (now() - datetime.fromisoformat(at).astimezone(UTC)).total_seconds()
