"""A bad line between browser and server: it delays, cuts in the midst of a request or of an answer, or is down."""

import asyncio
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

END_OF_HEAD = b"\r\n\r\n"


@dataclass(slots=True)
class Line:
    """Forwards every connection to a port of this machine; its weather may be changed at any time.

    `cut_request` and `cut_answer` are the chances that a piece on its way is cut in the middle, `delay` the longest
    wait before a piece. With `in_body` the head of an answer comes through whole and what follows it is cut. `cuts`
    counts what was cut.
    """

    to: int
    port: int = 0
    delay: float = 0.0
    cut_request: float = 0.0
    cut_answer: float = 0.0
    in_body: bool = False
    down: bool = False
    cuts: dict[str, int] = field(default_factory=lambda: {"request": 0, "answer": 0, "refused": 0})
    chance: Random = field(default_factory=Random)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def start(self) -> "Line":
        """Begin to forward, in a thread of its own."""
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        starting = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._forward, "127.0.0.1", 0), self._loop)
        self.port = starting.result(timeout=10).sockets[0].getsockname()[1]
        return self

    def calm(self) -> None:
        """Let everything through from here on."""
        self.delay = self.cut_request = self.cut_answer = 0.0
        self.down = False

    def fall(self) -> None:
        """Cut every connection and admit none."""
        self.down = True
        self._loop.call_soon_threadsafe(lambda: [each.close() for each in list(self._open)])

    async def _forward(self, browser: asyncio.StreamReader, to_browser: asyncio.StreamWriter) -> None:
        if self.down:
            self.cuts["refused"] += 1
            to_browser.close()
            return
        server, to_server = await asyncio.open_connection("127.0.0.1", self.to)
        both = {to_browser, to_server}
        self._open |= both
        with suppress(OSError):
            await asyncio.gather(self._pass(browser, to_server, "request"), self._pass(server, to_browser, "answer"))
        for each in both:
            each.close()
        self._open -= both

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, what: str) -> None:
        """Pass pieces on until one side ends or the line is cut; then the other direction ends too."""
        while piece := await source.read(65536):
            await asyncio.sleep(self.chance.uniform(0, self.delay))
            cut = self.chance.random() < (self.cut_request if what == "request" else self.cut_answer)
            head = piece.find(END_OF_HEAD) + len(END_OF_HEAD) if self.in_body and piece.startswith(b"HTTP/") else 0
            cut = cut and len(piece) > head
            sink.write(piece[: head + (len(piece) - head) // 2] if cut else piece)
            await sink.drain()
            if cut:
                self.cuts[what] += 1
                break
        raise ConnectionResetError
