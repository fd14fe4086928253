"""A real server in a process of its own, that a test can stop, kill and start again."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.house.source import ROOT

PATIENCE = 90.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`python -m outcomes serve` in demo mode, with a data folder of its own."""

    demo = "1"

    def __init__(self, data: Path, port: int | None = None) -> None:
        self.data = data
        self.port = port or free_port()
        self.url = f"http://localhost:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Server":
        env = {**os.environ, "OUTCOMES_DEMO": self.demo, "OUTCOMES_DATA": str(self.data), "PORT": str(self.port)}
        env.pop("DATABASE_URL", None)
        log = (self.data.parent / f"{self.data.name}.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "outcomes", "serve"],
            cwd=ROOT,
            env=env,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        self._wait()
        return self

    def _wait(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2):  # noqa: S310 - our own server
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                if self.process is None or self.process.poll() is not None:
                    break
                time.sleep(0.1)
        raise RuntimeError("the server did not start:\n" + self.log())

    def log(self) -> str:
        return (self.data.parent / f"{self.data.name}.log").read_text(errors="replace")

    def kill(self) -> None:
        """End the server and its workers at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End the server as an operator would."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        os.killpg(self.process.pid, how)
        self.process.wait(timeout=30)
        self.process = None
