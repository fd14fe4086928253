"""Settings as the floors see them: a plain value, passed in. `config.py` reads it from the environment."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the program needs to know of its surroundings.

    `data` is the folder of the embedded database, of keys, and of instrument and wording packs.
    `database_owner_url` reaches the same database as the owner of its tables; migrations alone use it.
    `secret_key` signs cookies and forms; `master_keys` maps a key id to 32 bytes, the first one seals
    new identifiers and the others only open old ones; `audit_key` (32 bytes) chains the audit trail.
    `smtp_url` and `mail_from` let the program send letters; without them it sends none.
    """

    demo: bool
    data: Path
    database_url: str
    secret_key: str
    master_keys: tuple[tuple[str, bytes], ...]
    audit_key: bytes
    port: int
    public_url: str
    database_owner_url: str | None = None
    backup_keys: tuple[tuple[str, bytes], ...] = ()
    smtp_url: str | None = None
    mail_from: str | None = None

    @property
    def anchors(self) -> Path:
        """Folder of the anchors and of the ledger of erasures."""
        return self.data / "anchors"

    @property
    def schema_url(self) -> str:
        """Where the schema is changed: as the owner of the tables, where the program works as another role."""
        return self.database_owner_url or self.database_url

    @property
    def encrypted(self) -> bool:
        """Whether people reach the program over TLS, which a proxy in front of it ends."""
        return self.public_url.startswith("https://")

    @property
    def sends_mail(self) -> bool:
        """Whether letters can be sent at all."""
        return self.smtp_url is not None and self.mail_from is not None

    @property
    def packs(self) -> Path:
        """Folder of the clinic's own instruments and wording."""
        return self.data / "instruments"

    @property
    def static_cache(self) -> Path:
        """Folder of the hashed and compressed copies of static files."""
        return self.data / "static"
