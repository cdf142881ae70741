"""``matcalc serve``: bind, say where, start the workers, serve until Ctrl-C."""

from __future__ import annotations

import os
import secrets
import signal
import sys
import threading
import webbrowser
from typing import Any

from ..errors import ArgumentError
from .pool import Pool, Size
from .server import PageServer, is_loopback

INTERRUPTED = 130


def run(
    host: str, port: int, size: Size, rules: tuple[str, ...], names: tuple[str, ...], browse: bool | None
) -> int:
    """Serve the page until an interrupt, and return the exit code.

    ``port`` 0 is one that is free. ``names``: further names of this machine that a Host header may have. ``browse``:
    whether a browser is opened; None: from a terminal. Raises ArgumentError where the address cannot be had,
    RuleFileError for a rule file that is none.
    """
    if rules:
        from ..answers.book import book_of  # sympy, which the first answer to a browser does not wait for otherwise

        book_of(rules)  # raises where a file is missing or wrong: here, and not at every question
    pool = Pool(size, rules)
    try:
        server = PageServer(host, port, secrets.token_urlsafe(18), pool, names)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ArgumentError(
            f"the page cannot be served at {host}, port {port}: {reason}", hint="leave --port out for one that is free"
        ) from error
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        print(server.address, flush=True)
        _tell(server)
        pool.start()
        if browse or browse is None and _is_watched():
            threading.Thread(target=webbrowser.open, args=(server.address,), daemon=True).start()
        server.serve_forever(poll_interval=0.2)
    except (KeyboardInterrupt, BrokenPipeError):
        pass
    finally:
        pool.close()
        server.server_close()
    return INTERRUPTED


def _interrupt(number: int, frame: Any) -> None:
    """End the server; a second one while it ends changes nothing."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def _tell(server: PageServer) -> None:
    if not is_loopback(server.host):
        said = "note: this page can be reached from other machines, by everyone who has the address with its token"
        print(said, file=sys.stderr, flush=True)
    print("open this address in a browser; Ctrl-C ends it", file=sys.stderr, flush=True)


def _is_watched() -> bool:
    """Return whether a person started this, who has a browser with windows."""
    has_windows = sys.platform in ("win32", "darwin") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
    return sys.stdout.isatty() and has_windows
