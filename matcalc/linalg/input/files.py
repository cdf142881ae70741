"""Matrices in files: .npy, .csv and .txt, and on the standard input. Nothing of a file is executed."""

from __future__ import annotations

import io
import math
import sys
import warnings
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy

from ...bounds import MAX_MATRIX_BYTES as MAX_BYTES
from ...bounds import MAX_MATRIX_ENTRIES as MAX_ENTRIES
from ...errors import ArgumentError, LimitError, ShapeError
from .literals import Table, read_literal, read_table, too_large
from .texts import SUFFIXES

_MAGIC = b"\x93NUMPY"
# what numpy's parser of headers raises for bytes that are none
_DAMAGE = (ValueError, KeyError, TypeError, SyntaxError, EOFError, OverflowError, RecursionError, TokenError)
_SAVE_HINT = 'save it with numpy.save("A.npy", A) or numpy.savetxt("A.csv", A, delimiter=",")'


def read_file(path: str | Path) -> Table | numpy.ndarray:
    """Return what a file holds: a NumPy array for .npy, a Table for .csv and .txt.

    Raises ArgumentError for a file that is missing, no regular file, of another kind or damaged; LimitError for one of
    more than MAX_BYTES bytes or MAX_ENTRIES entries, which is not read; and what the readers of text raise.
    """
    path = Path(path)
    data = _bytes(path)
    if path.suffix.lower() == ".npy":
        return _read_npy(data, str(path))
    if data.startswith(_MAGIC):
        raise ArgumentError(f"{path} is a NumPy file", hint="rename it to end in .npy")
    return read_text(data, str(path))


def read_stdin():
    """Return what the standard input holds: a Table, or an array for the bytes of a .npy file."""
    if sys.stdin is None or sys.stdin.closed:
        raise ArgumentError("there is no standard input", hint="give a matrix or a file")
    stream = getattr(sys.stdin, "buffer", None)
    data = stream.read(MAX_BYTES + 1) if stream else sys.stdin.read(MAX_BYTES + 1).encode()
    name = "the standard input"
    if len(data) > MAX_BYTES:
        raise LimitError(f"{name} has more than {MAX_BYTES} bytes", hint="take a part of the matrix")
    return _read_npy(data, name) if data.startswith(_MAGIC) else read_text(data, name)


def read_text(data: bytes, name: str) -> Table:
    """Return the Table of bytes: a literal where they begin with '[', else one row a line."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ArgumentError(f"{name} is not a text file: byte {error.start + 1} is not UTF-8", hint=_SAVE_HINT)
    if "\0" in text:
        place = text.index("\0") + 1
        raise ArgumentError(f"{name} is not a text file: byte {place} is zero", hint=_SAVE_HINT)
    return read_literal(text.strip()) if text.lstrip().startswith("[") else read_table(text, name)


def _bytes(path: Path) -> bytes:
    """Return the bytes of a file, which is looked at before it is opened: a pipe or a device could block."""
    try:
        if path.is_dir():
            raise ArgumentError(f"{path} is a directory", hint="name a file in it")
        if not path.exists():
            raise ArgumentError(f"there is no file {path}", hint=_near(path))
        if path.suffix.lower() not in SUFFIXES:
            raise ArgumentError(f"{path} is not a {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]} file", hint=_SAVE_HINT)
        if not path.is_file():
            raise ArgumentError(f"{path} is not a regular file", hint="give '-' to read from the standard input")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise LimitError(f"{path} has {size} bytes, the limit is {MAX_BYTES}", hint="take a part of the matrix")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ArgumentError(f"{str(path)[:200]!r} cannot be read: {reason}", hint="give the path of a file")


def _near(path: Path) -> str:
    """Return a hint: the files of the folder that could have been meant."""
    try:
        found = sorted(other.name for other in path.parent.iterdir() if other.suffix.lower() in SUFFIXES)
    except OSError:
        return f"there is no folder {path.parent} either"
    if not found:
        return f"the folder has no {', '.join(SUFFIXES)} file"
    same = [name for name in found if Path(name).stem == path.stem]
    return f"did you mean {same[0]}?" if same else f"the folder has {', '.join(found[:5])}"


def _read_npy(data: bytes, name: str) -> numpy.ndarray:
    """Return the array in the bytes of a .npy file, after its header was judged."""
    stream = io.BytesIO(data)
    shape, dtype = _header(stream, name)
    if dtype.kind not in "biufc":
        what = "pickled Python objects, which are never loaded" if dtype.hasobject else f"entries of type {dtype}"
        raise ArgumentError(f"{name} holds {what}", hint="save an array of numbers: numpy.save(path, A.astype(float))")
    if len(shape) > 2:
        raise ShapeError(f"{name} has {len(shape)} dimensions", hint="save one matrix, of two dimensions")
    entries = math.prod(shape)
    if entries > MAX_ENTRIES:
        raise too_large(entries)
    expected, found = entries * dtype.itemsize, len(data) - stream.tell()
    if found < expected:
        raise ArgumentError(
            f"{name} is cut short: {found} of {expected} bytes of entries", hint="copy or save it again"
        )
    stream.seek(0)
    with warnings.catch_warnings(action="ignore"):
        return numpy.load(stream, allow_pickle=False)


def _header(stream: Any, name: str) -> tuple[tuple[int, ...], Any]:
    """Return (shape, dtype) that the header of a .npy file declares; the stream stands behind it then."""
    readers = {(1, 0): numpy.lib.format.read_array_header_1_0, (2, 0): numpy.lib.format.read_array_header_2_0}
    try:
        with warnings.catch_warnings(action="ignore"):  # numpy warns of headers that Python 2 wrote
            shape, _, dtype = readers[numpy.lib.format.read_magic(stream)](stream)
    except _DAMAGE:
        raise ArgumentError(f"{name} is not a NumPy file, or its header is damaged", hint=_SAVE_HINT)
    if any(type(size) is not int or size < 0 for size in shape):
        raise ArgumentError(f"{name} declares sizes that are none", hint=_SAVE_HINT)
    return shape, dtype
