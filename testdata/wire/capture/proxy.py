"""The recorder between a stock client and a stock server.

It reads one request from the client, starts `fossil http` for it, hands the
reply back, closes the connection and keeps both messages exactly as they went
by.  Nothing is rewritten in either direction.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from invented import PASSWORDS
from messages import PACKED, envelope, header, open_body
from world import TIMEOUT, World


class Wire:
    """Listens on 127.0.0.1 and records what passes."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder, self.count = world, folder, 0
        self.repo: Path | None = None
        self.options: tuple[str, ...] = ()
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def serve(self, repo: Path, *options: str) -> None:
        """Answer from this repository from now on."""
        self.repo, self.options = repo, options

    def url(self, user: str | None = None, password: str | None = None) -> str:
        """The address to give to a client, with credentials if wanted."""
        if user is None:
            return f"http://127.0.0.1:{self.port}/"
        word = PASSWORDS[user] if password is None else password
        quoted = user.replace(" ", "%20").replace("\\", "%5c")
        return f"http://{quoted}:{word}@127.0.0.1:{self.port}/"

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)  # wakes the thread
        self.thread.join()
        self.listener.close()

    def post(self, text: str | bytes, kind: str = PACKED) -> bytes:
        """Send a request written by hand; returns the reply's text.

        For messages that no current client sends: old clone versions, unknown
        cards, broken logins.  The header `User-Agent: wire-capture` tells them
        from a client's own; the reply is the stock server's.
        """
        text = text if isinstance(text, bytes) else text.encode()
        body = envelope(text) if kind == PACKED else text
        head = (f"POST /xfer HTTP/1.0\r\nHost: 127.0.0.1:{self.port}\r\n"
                f"User-Agent: wire-capture\r\nContent-Type: {kind}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n")
        return open_body(self.exchange(head.encode() + body))

    def exchange(self, request: bytes) -> bytes:
        """Let the server answer one request, and keep both messages."""
        with self.lock:
            reply = self._ask(request)
            self.record(request, reply)
            return reply

    def record(self, request: bytes, reply: bytes) -> None:
        self.count += 1
        for kind, message in (("request", request), ("reply", reply)):
            name = f"{self.count:02d}-{kind}.http"
            (self.folder / name).write_bytes(message)

    @contextlib.contextmanager
    def unrecorded(self) -> Iterator[None]:
        """Talk without keeping anything: preparation, not the subject."""
        folder, count = self.folder, self.count
        self.folder = Path(tempfile.mkdtemp(dir=self.world.root))
        try:
            yield
        finally:
            self.folder, self.count = folder, count

    def _ask(self, request: bytes) -> bytes:
        command = [self.world.fossil, "http", str(self.repo), "--nojail",
                   "--nodelay", "--nossl", "--ipaddr", "127.0.0.1",
                   *self.options]
        return subprocess.run(command, input=request, env=self.world.env,
                              cwd=self.world.root, timeout=TIMEOUT,
                              stdout=subprocess.PIPE).stdout

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                with connection, contextlib.suppress(ConnectionError):
                    connection.sendall(self.exchange(read_request(connection)))


def read_request(connection: socket.socket) -> bytes:
    """Read exactly one HTTP request from a socket."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += receive(connection)
    head = data.index(b"\r\n\r\n") + 4
    size = head + int(header(data, "content-length") or 0)
    while len(data) < size:
        data += receive(connection)
    return data


def receive(connection: socket.socket) -> bytes:
    """The next block; an early end must not look like an endless wait."""
    block = connection.recv(65536)
    if not block:
        raise ConnectionError("the client went away")
    return block
