"""A double on the wire of S3's archive, for no server we can run has one.

It speaks HTTP as S3 does, to a real client: HEAD and GET of objects in class GLACIER, 403
InvalidObjectState, POST ?restore, and the `x-amz-restore` header. It checks no signatures and
keeps nothing; what it has not been told of it answers with 404.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass
class Archive:
    """What the double knows, and what it was asked for. Tests move it on."""

    url: str = ""
    sound: bytes = b"voices"
    storage_class: str = "GLACIER"
    is_coming: bool = False
    open_until: datetime | None = None
    refuses: str = ""
    """The error code with which it answers a restore."""
    asked: list[str] = field(default_factory=list)

    def restore_header(self) -> str:
        """As S3 tells how far a restore is; '' where none was asked for."""
        if self.is_coming:
            return 'ongoing-request="true"'
        if self.open_until is None:
            return ""
        ends = format_datetime(self.open_until, usegmt=True)
        return f'ongoing-request="false", expiry-date="{ends}"'


class Handler(BaseHTTPRequestHandler):
    """Answers as S3 would for what the archive of its server holds."""

    @property
    def archive(self) -> Archive:
        """What this double knows."""
        server = self.server
        assert isinstance(server, Double)
        return server.archive

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._told(200)

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._told(204)

    def do_GET(self) -> None:
        if urlsplit(self.path).query:
            self._fault(404, "ObjectLockConfigurationNotFoundError")
        elif self.archive.open_until is None:
            self._fault(403, "InvalidObjectState")
        else:
            self._told(206, self.archive.sound[:1])

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.archive.asked.append(sent.decode())
        if self.archive.refuses:
            self._fault(400, self.archive.refuses)
            return
        self.archive.is_coming = True
        self._told(202)

    def _told(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        length = len(self.archive.sound) if self.command == "HEAD" else len(body)
        self.send_header("Content-Length", str(length))
        self.send_header("ETag", '"e"')
        now = format_datetime(datetime.now(UTC), usegmt=True)
        self.send_header("Last-Modified", now)
        self.send_header("x-amz-storage-class", self.archive.storage_class)
        if told := self.archive.restore_header():
            self.send_header("x-amz-restore", told)
        self.end_headers()
        self.wfile.write(body)

    def _fault(self, status: int, code: str) -> None:
        body = f"<Error><Code>{code}</Code></Error>".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Double(ThreadingHTTPServer):
    """The double, with what it knows."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.archive = Archive(url=f"http://127.0.0.1:{self.server_port}")


@contextmanager
def serve() -> Iterator[Archive]:
    """Run the double on a free port."""
    server = Double()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.archive
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
