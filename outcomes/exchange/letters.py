"""Letters by e-mail: plain text, one recipient, over the clinic's own mail server.

A letter holds no health data, and nothing of it is logged. Reminders are sent only once a test letter has gone out with
the present settings (`is_proven`); a link for a new password is sent as soon as there are settings, for the person who
asked sees by themselves whether it came.
"""

import hashlib
import json
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from outcomes.settings import Settings

PATIENCE = 20.0
LONGEST_HEADER = 900  # shorter ones are broken up, and a program that looks for a link in one no longer finds it
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class LetterNotSent(RuntimeError):  # noqa: N818 - what happened
    """The mail server could not be reached or refused; the text is the kind of fault, never an address."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to one person. `headers` are added to those that every letter has."""

    to: str
    subject: str
    text: str
    headers: tuple[tuple[str, str], ...] = ()


def send(settings: Settings, letter: Letter, now: datetime) -> None:
    """Send a letter.

    Raises:
        LetterNotSent: without settings, or when the server could not be reached or refused.
    """
    if settings.smtp_url is None or settings.mail_from is None:
        raise LetterNotSent("no_mail_server")
    try:
        message = _message(settings.mail_from, letter, now)
        with _connection(urlsplit(settings.smtp_url)) as server:
            server.send_message(message)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise LetterNotSent(type(error).__name__) from None  # the server's own words may repeat an address


def remember_proof(settings: Settings, now: datetime) -> None:
    """Keep that a test letter went out with these settings."""
    _proof_file(settings).write_text(json.dumps({"settings": _mark(settings), "at": now.isoformat()}))


def is_proven(settings: Settings) -> bool:
    """Tell whether a test letter has gone out with these very settings."""
    file = _proof_file(settings)
    if not settings.sends_mail or not file.exists():
        return False
    return bool(json.loads(file.read_text())["settings"] == _mark(settings))


def _message(sender: str, letter: Letter, now: datetime) -> EmailMessage:
    """Write a message; a line break in a header is refused by the library."""
    message = EmailMessage(policy=SMTP.clone(max_line_length=LONGEST_HEADER))
    message["From"], message["To"], message["Subject"] = sender, letter.to, letter.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip(">") or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    for name, value in letter.headers:
        message[name] = value
    message.set_content(letter.text, cte="quoted-printable")
    return message


def _connection(server: SplitResult) -> smtplib.SMTP:
    """Open a connection as the settings say; TLS is checked against the machine's own list of authorities."""
    host, port = server.hostname or "", server.port or PORTS[server.scheme]
    context = ssl.create_default_context()
    opened: smtplib.SMTP
    if server.scheme == "smtps":
        opened = smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=context)
    else:
        opened = smtplib.SMTP(host, port, timeout=PATIENCE)
    if server.scheme == "smtp+starttls":
        opened.starttls(context=context)
    if server.username:
        opened.login(unquote(server.username), unquote(server.password or ""))
    return opened


def _mark(settings: Settings) -> str:
    """Return what tells one set of mail settings from another without holding the password."""
    return hashlib.sha256(f"{settings.smtp_url} {settings.mail_from}".encode()).hexdigest()


def _proof_file(settings: Settings) -> Path:
    return settings.data / "mail_tested.json"
