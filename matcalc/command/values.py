"""``--values``: the values of names, as text or in files.

Imports neither sympy nor torch: ``matcalc --help`` runs through here.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ..errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..language.syntax import Tree

_NAMED = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)(.*)", re.DOTALL)
_NEXT = re.compile(r",\s*(?=[^\W\d]\w*\s*=)")
_EXAMPLE = 'write --values "A=[[1, 2], [3, 4]]", or the name of a file: --values A=matrix.csv, --values data.json'
_SEVERAL = (".json", ".npz")
_SINGLE = (".csv", ".txt", ".npy")

values_option = click.option(
    "--values",
    multiple=True,
    metavar="TEXT",
    help='Give names their values: "A=[[1, 2], [3, 4]], c=1/2", A=matrix.csv (or .txt, .npy), or a file of several '
    "(.json, .npz).",
)


def read_values(texts: Iterable[str]) -> dict[str, Any] | None:
    """Return the values by name that texts give, None without any; raises ArgumentError and syntax errors."""
    found: dict[str, Any] = {}
    for text in texts:
        for name, value in _of_text(text).items():
            if name in found:
                raise ArgumentError(f"{name} has two values", hint="leave one of them out")
            found[name] = value
    return found or None


def _of_text(text: str) -> dict[str, Any]:
    if _NAMED.fullmatch(text) is None:
        return _of_file(Path(text.strip()))
    found = {}
    for part in _NEXT.split(text):
        match = _NAMED.fullmatch(part)
        if match is None or not match[2].strip():
            raise ArgumentError(f"'{part.strip()}' gives no name a value", hint=_EXAMPLE)
        value = match[2].strip()
        is_file = Path(value).suffix.lower() in _SINGLE and not value.startswith("[")
        found[match[1]] = _array_in(Path(value)) if is_file else written(value)
    return found


class Given(NamedTuple):
    """A formula in the language with the values of some names in it, and the declarations of the other names."""

    text: str
    shapes: dict[str, tuple]
    assume: dict[str, list[str]]
    syntax: str | None


def put_in(text: str, values: dict[str, Any], wrt: object, declared: Given, rules: tuple = ()) -> Given:
    """Return a formula with values in the place of names; ``declared.text`` is not read.

    Raises what :func:`matcalc.parse` and its values raise: of names that are not there, or differentiated by.
    """
    from ..answers.book import book_of
    from ..answers.constants import with_values
    from ..api import parse

    shapes, assume = declared.shapes or {}, declared.assume or {}
    read = parse(text, shapes, assume, rules, declared.syntax)
    found = with_values(read.elaborated, values, wrt, book_of(rules))
    left = {name: shape for name, shape in shapes.items() if name not in values}
    return Given(found.text, left, {name: words for name, words in assume.items() if name not in values}, "matcalc")


def in_claim(claim: str, values: dict[str, Any], declared: Given, rules: tuple = ()) -> str:
    """Return a claim with values in the place of the names that it has; a formula in index notation stays."""
    from ..answers.book import book_of
    from ..answers.constants import tree_of
    from ..language.syntax import parse_tree, substituted
    from ..language.unparse import unparse
    from ..readers import translate

    tree = parse_tree(translate(claim, book_of(rules), declared.syntax, declared.shapes).text)
    return unparse(substituted(tree, {name: tree_of(name, value) for name, value in values.items()}))


def written(text: str) -> Any:
    """Return the number, the list or the list of rows that a text is in the language of matcalc."""
    from ..language.syntax import parse_tree

    return _value(parse_tree(text), text)


def _value(tree: Tree, text: str) -> Any:
    from ..language.subscripts import DISPLAY, LIST, ROW
    from ..language.syntax import Binary, Call, Negate, Number

    if isinstance(tree, Number):
        return tree.value
    if isinstance(tree, Negate):
        inner = _value(tree.operand, text)
        if not isinstance(inner, list):
            return -inner
    if isinstance(tree, Binary) and tree.op == "/":
        above, below = _value(tree.left, text), _value(tree.right, text)
        if not isinstance(above, list) and not isinstance(below, list) and below != 0:
            return above / below
    if isinstance(tree, Call) and tree.function in (DISPLAY, LIST, ROW):
        return [_value(item, text) for item in tree.args]
    raise ArgumentError(f"'{text}' is no array of numbers", hint=_EXAMPLE)


def _of_file(path: Path) -> dict[str, Any]:
    """Return the arrays of a file of several."""
    if path.suffix.lower() not in _SEVERAL:
        hint = f"write --values A={path}" if path.suffix.lower() in _SINGLE else _EXAMPLE
        raise ArgumentError(f"'{path}' names no variable", hint=hint)
    if path.suffix.lower() == ".npz":
        return dict(_loaded(path, lambda: _arrays(path)))
    found = _loaded(path, lambda: json.loads(path.read_text(encoding="utf-8")))
    if not isinstance(found, dict):
        raise ArgumentError(f"'{path}' has no names", hint='write {"A": [[1, 2], [3, 4]], "c": 0.5} into it')
    return found


def _array_in(path: Path) -> Any:
    """Return the array of a file of one."""
    import numpy

    if path.suffix.lower() == ".npy":
        return _loaded(path, lambda: numpy.load(path, allow_pickle=False))
    delimiter = "," if path.suffix.lower() == ".csv" else None
    found = _loaded(path, lambda: numpy.loadtxt(path, delimiter=delimiter, ndmin=2))
    return found[:, 0] if found.shape[1] == 1 else found


def _arrays(path: Path) -> dict[str, Any]:
    import numpy

    with numpy.load(path, allow_pickle=False) as found:
        return {name: found[name] for name in found.files}


def _loaded(path: Path, load: Callable[[], Any]) -> Any:
    try:
        return load()
    except (OSError, EOFError) as error:
        raise ArgumentError(f"'{path}' cannot be read: {getattr(error, 'strerror', None) or error}") from None
    except ValueError as error:
        raise ArgumentError(f"'{path}' has no array of numbers: {error}", hint=_EXAMPLE) from None
