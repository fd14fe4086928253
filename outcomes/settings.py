"""Settings as the floors see them: a plain value, passed in. `config.py` reads it from the environment."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the program needs to know of its surroundings.

    `data` is the folder of the embedded database, of keys, and of instrument and wording packs.
    `secret_key` signs cookies and forms; `master_keys` maps a key id to 32 bytes, the first one seals
    new identifiers and the others only open old ones; `audit_key` (32 bytes) chains the audit trail.
    """

    demo: bool
    data: Path
    database_url: str
    secret_key: str
    master_keys: tuple[tuple[str, bytes], ...]
    audit_key: bytes
    port: int
    public_url: str

    @property
    def encrypted(self) -> bool:
        """Whether people reach the program over TLS, which a proxy in front of it ends."""
        return self.public_url.startswith("https://")

    @property
    def packs(self) -> Path:
        """Folder of the clinic's own instruments and wording."""
        return self.data / "instruments"

    @property
    def static_cache(self) -> Path:
        """Folder of the hashed and compressed copies of static files."""
        return self.data / "static"
