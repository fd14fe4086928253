"""Settings from the environment, read once. Nothing in `outcomes` reads the environment by itself.

OUTCOMES_DEMO   1 for the demo: invented people, listening on this machine alone
OUTCOMES_DATA   folder of the embedded database, keys and packs (default: var)
DATABASE_URL    another database, such as postgresql://user@host/name
DATABASE_OWNER_URL  the same database as the owner of its tables, who alone changes the schema (default: DATABASE_URL)
SECRET_KEY      signs cookies and forms (default: made on first start and kept in the data folder)
PORT            where to listen (default: 8000)
PUBLIC_URL      the address by which people reach the program (default: http://localhost:PORT)
SMTP_URL        how letters are sent, such as smtp+starttls://user:password@host:587 (default: none are sent)
MAIL_FROM       the address from which letters come; needed with SMTP_URL
"""

import base64
import binascii
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from outcomes.settings import Settings

ROOT = Path(__file__).parent
KEY_BYTES = 32
WEAK_BELOW = 32
FEWEST_DIFFERENT = 10
LAST_PORT = 65535
HERE = {"localhost", "127.0.0.1", "::1"}
MAIL_SCHEMES = ("smtp+starttls", "smtps", "smtp")
YES = {"1", "true", "yes", "on"}
NO = {"", "0", "false", "no", "off"}


class ConfigurationError(Exception):
    """A setting with which the program refuses to start."""

    def __init__(self, setting: str, reason: str) -> None:
        super().__init__(f"{setting}: {reason}")
        self.setting = setting


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; secrets that are not given are made once and kept in the data folder.

    Raises:
        ConfigurationError: a setting is malformed, or a secret is weak outside demo mode.
    """
    given = os.environ if environment is None else environment
    demo = _flag("OUTCOMES_DEMO", given)
    data = (ROOT / (given.get("OUTCOMES_DATA") or "var")).resolve()
    port = _port(given.get("PORT") or "8000")
    keys = _key_folder(data)
    return Settings(
        demo=demo,
        data=data,
        database_url=_database_url(given.get("DATABASE_URL") or f"sqlite:///{data / 'outcomes.db'}"),
        database_owner_url=_database_url(given.get("DATABASE_OWNER_URL") or "") or None,
        secret_key=_secret_key(given.get("SECRET_KEY"), keys, demo=demo),
        master_keys=_named_keys("master keys", keys / "master_keys", "k1", demo=demo),
        backup_keys=_named_keys("backup keys", keys / "backup_keys", "b1", demo=demo),
        audit_key=_decoded("audit key", _kept(keys / "audit_key", _new_key, demo=demo)),
        port=port,
        public_url=_public_url(given.get("PUBLIC_URL") or f"http://localhost:{port}", demo=demo),
        **_mail(given),
    )


def _mail(given: Mapping[str, str]) -> dict[str, str | None]:
    """Read how letters are sent: both settings or neither, and outside this machine over TLS alone."""
    url, sender = given.get("SMTP_URL") or None, given.get("MAIL_FROM") or None
    if (url is None) != (sender is None):
        raise ConfigurationError("SMTP_URL", "and MAIL_FROM are given together or not at all")
    if url is None:
        return {}
    parts = urlsplit(url)
    if parts.scheme not in MAIL_SCHEMES or not parts.hostname:
        raise ConfigurationError("SMTP_URL", f"must begin with one of {', '.join(MAIL_SCHEMES)} and name a host")
    if parts.scheme == "smtp" and parts.hostname not in HERE:
        raise ConfigurationError("SMTP_URL", "must be smtp+starttls:// or smtps:// beyond this machine")
    return {"smtp_url": url, "mail_from": sender}


def _flag(name: str, given: Mapping[str, str]) -> bool:
    """Read a yes or no."""
    word = given.get(name, "").strip().lower()
    if word not in YES | NO:
        raise ConfigurationError(name, "must be 1 or 0")
    return word in YES


def _port(text: str) -> int:
    """Read a port number."""
    if not text.isdecimal() or not 0 < int(text) <= LAST_PORT:
        raise ConfigurationError("PORT", f"must be a number from 1 to {LAST_PORT}")
    return int(text)


def _database_url(url: str) -> str:
    """Name the driver in the short forms of a PostgreSQL address."""
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)


def _public_url(url: str, *, demo: bool) -> str:
    """Accept scheme and host only; outside demo mode the address must be encrypted or this machine."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ConfigurationError("PUBLIC_URL", "must be http(s)://host or http(s)://host:port, without a path")
    if not demo and parts.scheme == "http" and parts.hostname not in HERE:
        raise ConfigurationError("PUBLIC_URL", "must begin with https:// outside demo mode")
    return f"{parts.scheme}://{parts.netloc}"


def _key_folder(data: Path) -> Path:
    """Return the folder of keys, made so that its owner alone may enter."""
    keys = data / "keys"
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    return keys


def _secret_key(given: str | None, keys: Path, *, demo: bool) -> str:
    """Return the key that signs cookies; a weak one is refused outside demo mode."""
    if not given:
        return _kept(keys / "secret_key", _new_key, demo=demo)
    if not demo and (len(given) < WEAK_BELOW or len(set(given)) < FEWEST_DIFFERENT):
        raise ConfigurationError("SECRET_KEY", f"is weak: give {WEAK_BELOW} random characters or more, or none")
    return given


def _named_keys(what: str, path: Path, first: str, *, demo: bool) -> tuple[tuple[str, bytes], ...]:
    """Return keys that are replaced in time; the file has a line "id key" for each, the newest first."""
    text = _kept(path, lambda: f"{first} {_new_key()}", demo=demo)
    pairs = [line.split() for line in text.splitlines() if line.strip()]
    if not pairs or any(len(pair) != len(("id", "key")) for pair in pairs):
        raise ConfigurationError(what, "each line must hold an id and a key")
    return tuple((name, _decoded(f"{what} {name}", key)) for name, key in pairs)


def _new_key() -> str:
    """Return a new random key as text."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _decoded(name: str, text: str) -> bytes:
    """Return a key as bytes."""
    try:
        key = base64.urlsafe_b64decode(text)
    except (binascii.Error, ValueError) as error:
        raise ConfigurationError(name, "is not readable") from error
    if len(key) != KEY_BYTES:
        raise ConfigurationError(name, f"must be {KEY_BYTES} bytes long")
    return key


def _kept(path: Path, make: Callable[[], str], *, demo: bool) -> str:
    """Read a kept secret, making it on the first start. Two processes that start at once agree on one."""
    if not path.exists():
        _keep(path, make())
    if os.name == "posix" and not demo and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigurationError(str(path), "must be readable by its owner alone (chmod 600)")
    return path.read_text(encoding="ascii").strip()


def _keep(path: Path, secret: str) -> None:
    """Write a secret whole and readable by its owner alone; the first of two writers wins."""
    descriptor, beside = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret + "\n")
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        path.hardlink_to(beside)
    Path(beside).unlink()
