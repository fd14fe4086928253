"""`mail-test`: a letter to see whether letters arrive. Reminders are sent only after one has gone out."""

import argparse
import sys
from datetime import UTC, datetime

from outcomes.exchange.letters import Letter, LetterNotSent, remember_proof, send
from outcomes.settings import Settings

REFUSED = 2


def add_commands(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the command."""
    test = subparsers.add_parser("mail-test", help="send a test letter, without which no reminder is ever sent")
    test.add_argument("address", help="where the letter goes")
    test.set_defaults(run=test_mail)


def test_mail(arguments: argparse.Namespace, settings: Settings) -> int:
    """Send a test letter and remember that it went out with these settings.

    Returns:
        0 when the mail server took the letter, 1 when it did not, 2 without settings.
    """
    if not settings.sends_mail:
        print("No mail server is set. Set SMTP_URL and MAIL_FROM first.", file=sys.stderr)
        return REFUSED
    now = datetime.now(UTC)
    text = f"This is a test letter of Outcomes at {settings.public_url}. Letters arrive.\n"
    try:
        send(settings, Letter(arguments.address, "Outcomes: a test letter", text), now)
    except LetterNotSent as error:
        print(f"The letter was not sent: {error}", file=sys.stderr)
        return 1
    remember_proof(settings, now)
    print("The mail server took the letter. Look whether it arrives.")
    return 0
