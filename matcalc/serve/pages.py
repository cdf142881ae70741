"""The files of the page, from the package's data."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

START = "index.html"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}


@lru_cache(maxsize=1)
def names() -> frozenset[str]:
    """Return the names of all files of the page, with / between folders; no other file can be asked for."""
    return frozenset(_walk(files(__package__).joinpath("static"), ""))


def _walk(folder: Traversable, prefix: str) -> list[str]:
    found = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _walk(entry, f"{prefix}{entry.name}/")
        elif kind_of(entry.name):
            found.append(prefix + entry.name)
    return found


def kind_of(name: str) -> str:
    """Return the content type of a file by its ending, empty where it is none of the page's."""
    return next((kind for ending, kind in TYPES.items() if name.endswith(ending)), "")


@lru_cache(maxsize=256)
def content(name: str) -> bytes:
    """Return a file of the page, one of :func:`names`."""
    return files(__package__).joinpath("static", *name.split("/")).read_bytes()
