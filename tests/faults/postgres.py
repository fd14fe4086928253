"""A PostgreSQL of the harness alone, as safe as shipped, that can be stopped in the midst of its work."""

import subprocess
import time
from contextlib import suppress
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from tests.databases import FAST, PostgresServer


class OwnPostgres(PostgresServer):
    """Durable, unlike that of other tests, unless it is broken on purpose."""

    def __init__(self, run: str, *, durable: bool = True) -> None:
        super().__init__(run)
        if durable:
            self._as_superuser(*(f"ALTER SYSTEM RESET {each.split()[0]}" for each in FAST), "SELECT pg_reload_conf()")

    def stop_at_once(self) -> None:
        """Stop in immediate mode, without a last word to anybody."""
        self._control("stop", "-m", "immediate")

    def start(self) -> None:
        """Start again; what was begun and not committed is undone."""
        self._control("start", "-l", str(self._folder / "log"), "-o", " ".join(self._options()))
        self._wait()

    def stop(self) -> None:
        """Stop for good and remove the files."""
        with suppress(subprocess.CalledProcessError):
            self._control("stop", "-m", "fast")
        super().stop()

    @property
    def _folder(self) -> Path:
        return Path(self.server.pgdata)

    def _options(self) -> list[str]:
        """The options with which it was started first."""
        if not hasattr(self, "_started_with"):
            self._started_with = (self._folder / "postmaster.opts").read_text().split()[1:]
        return [each for each in self._started_with if each]

    def _control(self, *words: str) -> None:
        self._options()
        command = [str(self.server.bin_path / "pg_ctl"), "-w", "-D", str(self._folder), *words]
        user = {"user": self.server.system_user} if self.server.system_user else {}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **user)  # noqa: S603 - our own server

    def _wait(self) -> None:
        engine = create_engine(self.url)
        end = time.monotonic() + 30
        while True:
            try:
                with engine.connect() as connection:
                    connection.execute(text("SELECT 1"))
                    break
            except DBAPIError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
        engine.dispose()
