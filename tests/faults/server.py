"""The web server of production in a process of its own, of which a worker or all of it can be killed."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

from tests.faults.house import Caller, House
from tests.house.source import ROOT
from tests.system.server import free_port

PATIENCE = 60.0
Answer = tuple[int, str, str]
"""Status, Location and body."""


class Gunicorn:
    """gunicorn with one worker of several threads, as `serve` starts it, but loaded before the fork."""

    def __init__(self, house: House, *, threads: int = 4, fault: str = "", app: str = "tests.faults.preloaded:app"):
        self.house, self.threads, self.fault, self.app = house, threads, fault, app
        self.port = free_port()
        self.log = house.data.parent / f"{house.data.name}.{self.port}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, environment: dict[str, str] | None = None) -> "Gunicorn":
        """Start it and wait until it answers."""
        workers = ["--worker-class", "gthread", "--threads", str(self.threads), "--workers", "1", "--preload"]
        options = ["--bind", f"127.0.0.1:{self.port}", "--log-level", "warning", "--no-control-socket"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own server
                [sys.executable, "-m", "gunicorn", *options, *workers, self.app],
                cwd=ROOT,
                env={**self.house.environment(self.port), "FAULT": self.fault, **(environment or {})},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait()
        return self

    def wait(self) -> None:
        """Wait until it answers."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with suppress(OSError, HTTPException):
                if get(self.port, "/static/absent", None)[0]:
                    return
            if self.process is not None and self.process.poll() is not None:
                break
            time.sleep(0.01)
        raise RuntimeError("the server does not answer:\n" + self.said())

    def said(self) -> str:
        """All that it wrote into its log."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def worker(self) -> int | None:
        """The process that answers."""
        if self.process is None:
            return None
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        children = path.read_text().split() if path.exists() else []
        return int(children[0]) if children else None

    def kill_worker(self) -> bool:
        """Kill the worker at once; the master forks another. Return whether there was one to kill."""
        worker = self.worker()
        if worker is None:
            return False
        os.kill(worker, signal.SIGKILL)
        return True

    def kill(self) -> None:
        """Kill master and worker at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it as an operator would."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, how)
            self.process.wait(timeout=30)
            self.process = None


def get(port: int, path: str, caller: Caller | None, timeout: float = 30) -> Answer:
    """Get a page."""
    return _ask(port, "GET", path, caller, None, timeout)


def post(port: int, path: str, caller: Caller, fields: dict[str, str], timeout: float = 30) -> Answer:
    """Send a form."""
    return _ask(port, "POST", path, caller, urlencode(fields), timeout)


def _ask(port: int, method: str, path: str, caller: Caller | None, body: str | None, timeout: float) -> Answer:
    headers = {"Cookie": f"outcomes={caller.cookie}"} if caller else {}
    if body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection = HTTPConnection("localhost", port, timeout=timeout)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location", ""), answer.read().decode()
    finally:
        connection.close()
