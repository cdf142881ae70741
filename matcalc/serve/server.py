"""The HTTP server: the page and its questions, for whoever has the token, at the address that was asked for."""

from __future__ import annotations

import hmac
import ipaddress
import json
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .. import __version__
from . import pages
from .pool import Busy, Pool

# bytes of a question and of an address; connections at a time; seconds that a silent connection is kept
MAX_BODY, MAX_ADDRESS, MAX_CONNECTIONS, PATIENCE = 256 << 10, 2 << 10, 256, 30
# bytes of a question that is too large are read, so that the sender hears the answer, up to here
_MAX_DISCARDED = 32 << 20
MAX_PARTS = 20
_SHAPE_OF_REQUEST = 'write {"question": {"expression": "x.T@A@x"}, "parts": ["derivative"]}'
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; "
    "img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_LINES = "application/x-ndjson"


class _Refusal(Exception):
    """A request that is not answered, with the status and a sentence."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class PageServer(ThreadingHTTPServer):
    """Serves the page to those who have ``token``; ``pool`` answers their questions."""

    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, host: str, port: int, token: str, pool: Pool, names: tuple[str, ...] = ()) -> None:
        self.host, self.token, self.pool, self.names = host, token, pool, names
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._places = threading.BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__((host, port), Handler)
        self.open_to_all = _is_any(host)

    def server_bind(self) -> None:
        """Bind, without the look-up of the host's name that the standard library makes, which may take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.host, self.server_address[1]

    @property
    def address(self) -> str:
        """The address of the page, with the token."""
        host = "127.0.0.1" if self.open_to_all else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.server_port}/{self.token}/"

    def knows(self, host: str) -> bool:
        """Return whether a Host header names this server: else a page from elsewhere may have led here by its name."""
        name, _, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
        if port != str(self.server_port) or not port:
            return False
        name = name.strip("[]").lower()
        if name in ("localhost", "127.0.0.1", "::1", self.host.lower(), *self.names):
            return True
        return self.open_to_all and _is_number(name)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give a connection a thread of its own, where there is a place for it."""
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that breaks is nobody's error."""


def _is_any(host: str) -> bool:
    return host in ("", "0.0.0.0", "::")


def is_loopback(host: str) -> bool:
    """Return whether an address can be reached from this machine alone."""
    return host == "localhost" or _is_number(host) and ipaddress.ip_address(host).is_loopback


def _is_number(name: str) -> bool:
    """Return whether a host is given by its number: no name server of an attacker's can have led here then."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class Handler(BaseHTTPRequestHandler):
    """Answers one connection's requests."""

    server: PageServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = f"matcalc/{__version__}", ""
    timeout = PATIENCE
    # the answer to a small question leaves at once
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Send a file of the page."""
        try:
            token, name = self._place()
            if name is None:
                self._begin(HTTPStatus.PERMANENT_REDIRECT, "", 0, "no-store", Location=f"/{token}/")
                return
            name = name or pages.START
            if name not in pages.names():
                raise _Refusal(HTTPStatus.NOT_FOUND, "there is no such page")
        except _Refusal as refusal:
            self._refuse(refusal)
            return
        content = pages.content(name)
        self._begin(HTTPStatus.OK, pages.kind_of(name), len(content), "no-cache")
        if self.command == "GET":
            self.wfile.write(content)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """Answer a question, a JSON object with its "question" and "parts": each part a line of JSON, or all in one.

        As lines where the request accepts application/x-ndjson, with progress among them.
        """
        try:
            body = self._body()
            _, name = self._place()
            if name != "answer":
                raise _Refusal(HTTPStatus.NOT_FOUND, "questions are sent to answer")
            question, parts = self._request(body)
            lines = self.server.pool.ask(question, parts, self._is_gone)
        except _Refusal as refusal:
            self._refuse(refusal)
            return
        except Busy:
            busy = "too many questions wait; ask again in a moment"
            self._refuse(_Refusal(HTTPStatus.SERVICE_UNAVAILABLE, busy))
            return
        with closing(lines):
            if _LINES in self.headers.get("Accept", ""):
                self._send_lines(lines)
            else:
                self._send_together(lines)

    # -- what a request must be ---------------------------------------------------------------------------------------

    def _place(self) -> tuple[str, str | None]:
        """Return the token, and what follows it in the address, None where not even a slash does; raises a refusal."""
        if len(self.path) > MAX_ADDRESS:
            raise _Refusal(HTTPStatus.REQUEST_URI_TOO_LONG, "the address is too long")
        if not self.server.knows(self.headers.get("Host", "")):
            raise _Refusal(HTTPStatus.MISDIRECTED_REQUEST, "this server does not have the name of this address")
        token, slash, name = self.path.partition("?")[0].removeprefix("/").partition("/")
        if not hmac.compare_digest(token.encode(), self.server.token.encode()):
            said = "the address needs the token that matcalc serve printed when it started"
            raise _Refusal(HTTPStatus.FORBIDDEN, said)
        return token, name if slash else None

    def _body(self) -> bytes:
        """Return what was sent; raises a refusal.

        It is read before anything is looked at: a connection that is closed with something unread loses the answer.
        """
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or len(length) > 18:
            raise _Refusal(HTTPStatus.LENGTH_REQUIRED, "the length of the question is missing")
        if int(length) > MAX_BODY:
            self._discard(min(int(length), _MAX_DISCARDED))
            raise _Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a question has at most {MAX_BODY} bytes")
        return self.rfile.read(int(length))

    def _request(self, body: bytes) -> tuple[dict[str, Any], list[str]]:
        """Return the question and the parts that are asked for; raises a refusal."""
        origin = self.headers.get("Origin")
        if origin is not None and not self.server.knows(origin.removeprefix("http://")):
            raise _Refusal(HTTPStatus.FORBIDDEN, "questions come from the page itself")
        if self.headers.get_content_type() != "application/json":
            raise _Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a question is application/json")
        try:
            request = json.loads(body)
        except (ValueError, RecursionError):
            raise _Refusal(HTTPStatus.BAD_REQUEST, "a question is JSON") from None
        question, parts = None, None
        if isinstance(request, dict):
            question, parts = request.get("question"), request.get("parts", ["reading", "derivative"])
        if not isinstance(parts, list) or not isinstance(question, dict) or not 0 < len(parts) <= MAX_PARTS:
            raise _Refusal(HTTPStatus.BAD_REQUEST, _SHAPE_OF_REQUEST)
        if not all(isinstance(part, str) for part in parts):
            raise _Refusal(HTTPStatus.BAD_REQUEST, _SHAPE_OF_REQUEST)
        return question, parts

    def _discard(self, length: int) -> None:
        while length > 0:
            read = self.rfile.read(min(length, 1 << 16))
            if not read:
                return
            length -= len(read)

    def _is_gone(self) -> bool:
        """Return whether the other side has closed the connection: nobody waits for the answer then."""
        try:
            readable, _, _ = select.select([self.connection], [], [], 0)
            return bool(readable) and self.connection.recv(1, socket.MSG_PEEK) == b""
        except (OSError, ValueError):
            return True

    # -- what is sent -------------------------------------------------------------------------------------------------

    def _begin(self, status: HTTPStatus, kind: str, length: int | None, cache: str, **more: str) -> None:
        self.send_response(status)
        for name, value in {**HEADERS, "Cache-Control": cache, **more}.items():
            self.send_header(name, value)
        if kind:
            self.send_header("Content-Type", kind)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _send_lines(self, lines: Iterator[bytes]) -> None:
        """Send each line as soon as it is there."""
        self._begin(HTTPStatus.OK, _LINES, None, "no-store", **{"Transfer-Encoding": "chunked"})
        for line in lines:
            self.wfile.write(b"%x\r\n%s\n\r\n" % (len(line) + 1, line))
        self.wfile.write(b"0\r\n\r\n")

    def _send_together(self, lines: Iterator[bytes]) -> None:
        told = [record for record in map(json.loads, lines) if "part" in record]
        answers = {record["part"]: record["answer"] for record in told}
        content = json.dumps({"schema": told[0]["schema"] if told else None, "answers": answers}).encode()
        self._begin(HTTPStatus.OK, "application/json", len(content), "no-store")
        self.wfile.write(content)

    def _refuse(self, refusal: _Refusal) -> None:
        """Send a refusal as a text, and end the connection."""
        self.close_connection = True
        content = f"{refusal.message}\n".encode()
        self._begin(refusal.status, "text/plain; charset=utf-8", len(content), "no-store", Connection="close")
        if self.command != "HEAD":
            self.wfile.write(content)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what the standard library refuses, in the form of all refusals."""
        self._refuse(_Refusal(HTTPStatus(code), HTTPStatus(code).phrase.lower()))

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged: addresses hold the token."""
