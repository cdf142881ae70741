"""The torch line of a rule, read as arithmetic on exact arrays: torch itself is not needed and nothing is executed."""

from __future__ import annotations

import ast
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from operator import add, floordiv, mul, sub, truediv
from typing import Any

from ...bounds import MAX_LINE_CHARACTERS as _MAX_CHARACTERS
from .arithmetic import Arithmetic
from .arrays import Array, NotExact, picked, transpose
from .choices import CHOICES
from .cofactors import COFACTORS
from .functions import ENTRYWISE, FUNCTIONS, METHODS
from .halves import HALVES
from .matrices import OWN
from .triangular import FACTORS
from .vectors import VECTORS

_NUMBERS = {ast.Add: add, ast.Sub: sub, ast.Mult: mul, ast.Div: truediv, ast.FloorDiv: floordiv}
_ARRAYS = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide", ast.Pow: "power"}
_ARRAYS[ast.MatMult] = "matmul"
_OTHERS = {**OWN, **COFACTORS, **CHOICES, **FACTORS, **HALVES, **VECTORS}


@lru_cache(maxsize=4096)
def read_line(text: str) -> Callable:
    """Return a torch line as a function of an arithmetic and a mapping of its names to arrays and integers.

    Raises NotExact where the line has something that is not known here.
    """
    if len(text) > _MAX_CHARACTERS:
        raise NotExact("its torch line is long")
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NotExact("its torch line is not a Python expression") from None
    return _read(tree)


@lru_cache(maxsize=4096)
def function_of(text: str, name: str) -> Callable | None:
    """Return the function of an arithmetic and an array that a torch line is, None where it is more than f(name)."""
    path, _, rest = text.partition("(")
    if rest != f"{name})":
        return None
    if path in ENTRYWISE:
        return lambda c, A: c.apply(getattr(c, ENTRYWISE[path]), A)
    function: Any = FUNCTIONS.get(path) or _OTHERS.get(path)
    return function


@lru_cache(maxsize=4096)
def entrywise(text: str) -> str:
    """Return the function of single entries that a torch line is, "" where it is anything else."""
    name, _, rest = text.partition("(")
    return ENTRYWISE.get(name, "") if rest[:-1].isidentifier() else ""


def _read(node: ast.AST) -> Callable:
    reader = _READERS.get(type(node))
    if reader is None:
        raise NotExact(f"its torch line has '{ast.unparse(node)[:40]}', whose exact value is not known")
    return reader(node)


def _name(node: ast.Name) -> Callable:
    return lambda c, values: values[node.id]


def _constant(node: ast.Constant) -> Callable:
    value = node.value
    found = Fraction(repr(value)) if isinstance(value, float) else value
    return lambda c, values: found


def _operation(node: ast.BinOp) -> Callable:
    left, right, kind = _read(node.left), _read(node.right), type(node.op)

    def value(c: Arithmetic, values: dict) -> Any:
        one, other = left(c, values), right(c, values)
        if not isinstance(one, Array) and not isinstance(other, Array) and kind in _NUMBERS:
            return _NUMBERS[kind](Fraction(one), other) if kind is ast.Div else _NUMBERS[kind](one, other)
        return getattr(c, _ARRAYS[kind])(_as_array(c, one), _as_array(c, other))

    return value


def _as_array(c: Arithmetic, value: Any) -> Array:
    return value if isinstance(value, Array) else Array((), [c.number(Fraction(value))], Fraction(value))


def _sign(node: ast.UnaryOp) -> Callable:
    inner, negative = _read(node.operand), isinstance(node.op, ast.USub)

    def value(c: Arithmetic, values: dict) -> Any:
        found = inner(c, values)
        if not negative:
            return found
        return c.negate(found) if isinstance(found, Array) else -found

    return value


def _attribute(node: ast.Attribute) -> Callable:
    path = _dotted(node)
    if path == "torch.pi":
        return lambda c, values: Array((), [c.pi()])
    if path in ("torch.float64", "torch.inf"):
        return lambda c, values: float("inf") if path == "torch.inf" else None
    inner = _read(node.value)
    if node.attr in ("mT", "T"):
        return lambda c, values: transpose(inner(c, values))
    if node.attr == "shape":
        return lambda c, values: inner(c, values).shape
    raise NotExact(f"its torch line has .{node.attr}")


def _subscript(node: ast.Subscript) -> Callable:
    inner, key = _read(node.value), _read(node.slice)

    def value(c: Arithmetic, values: dict) -> Any:
        found, place = inner(c, values), key(c, values)
        return found[place] if isinstance(found, tuple) else picked(found, place)

    return value


def _slice(node: ast.Slice) -> Callable:
    parts = [None if part is None else _read(part) for part in (node.lower, node.upper, node.step)]
    return lambda c, values: slice(*(None if part is None else part(c, values) for part in parts))


def _tuple(node: ast.Tuple) -> Callable:
    parts = [_read(part) for part in node.elts]
    return lambda c, values: tuple(part(c, values) for part in parts)


def _call(node: ast.Call) -> Callable:
    path = _dotted(node.func)
    if path == "float":
        given: Any = node.args[0]
        return lambda c, values: float(given.value)
    args = [_read(arg) for arg in node.args]
    named = {item.arg: _read(item.value) for item in node.keywords if item.arg}
    if path in ENTRYWISE and len(args) == 1 and not named:
        return lambda c, values: c.apply(getattr(c, ENTRYWISE[path]), args[0](c, values))
    function: Any = FUNCTIONS.get(path) or _OTHERS.get(path)
    if function is None and isinstance(node.func, ast.Attribute) and not path.startswith("torch"):
        function = METHODS.get(node.func.attr)
        args = [_read(node.func.value), *args]
    if function is None:
        raise NotExact(f"its torch line calls {path or ast.unparse(node.func)}, whose exact value is not known")

    if len(args) == 1 and not named:
        return _of_one(function, args[0], path)

    def value(c: Arithmetic, values: dict) -> Any:
        try:
            return function(c, *[arg(c, values) for arg in args], **{k: arg(c, values) for k, arg in named.items()})
        except TypeError:
            raise NotExact(f"its torch line calls {path} in a way that is not known") from None

    return value


def _of_one(function: Callable, inner: Callable, path: str) -> Callable:
    def value(c: Arithmetic, values: dict) -> Any:
        try:
            return function(c, inner(c, values))
        except TypeError:
            raise NotExact(f"its torch line calls {path} in a way that is not known") from None

    return value


def _dotted(node: ast.AST) -> str:
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


_READERS: dict[type, Callable] = {
    ast.Name: _name,
    ast.Constant: _constant,
    ast.BinOp: _operation,
    ast.UnaryOp: _sign,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.Tuple: _tuple,
    ast.List: _tuple,
    ast.Call: _call,
}
