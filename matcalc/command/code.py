"""``matcalc code``: a function that computes value and derivative, as source text for an array library."""

from __future__ import annotations

from dataclasses import dataclass

from ..api import diff, parse
from ..errors import ArgumentError
from ..shapes.declarations import read_assumptions, read_shapes
from .graph import one_expression, save
from .notation import announce, syntax_of, write_notes
from .streams import write


@dataclass(frozen=True)
class CodeRequest:
    """The options of one call; ``value`` and ``orders`` are None where they were not given."""

    wrt: tuple
    layout: str
    orders: str | None
    value: bool | None
    product: str | None
    target: str
    name: str | None
    with_check: bool
    size: tuple
    shape: tuple
    assume: tuple
    structure: str
    output: str | None
    syntax: str
    rules: tuple


def run(source, request):
    """Write the code of one function for all the names that are differentiated by. Raises a MatcalcError."""
    shapes, assume = read_shapes(request.shape), read_assumptions(request.assume)
    function = parse(one_expression(source), shapes, assume, request.rules, syntax_of(request.syntax))
    announce(function)
    orders = _orders(request.orders)
    order = 2 if orders and 2 in orders and 1 not in orders else 1
    wrt = list(request.wrt) if len(request.wrt) > 1 else next(iter(request.wrt), None)
    derivative = diff(
        function, wrt, request.layout, order, shapes, structure=request.structure, rules=request.rules
    )
    for one in derivative if isinstance(wrt, list) else [derivative]:
        write_notes(one)
    code = derivative.code(
        request.target, request.value, orders, request.product, request.with_check, request.name, _sizes(request.size)
    )
    if request.output is None:
        write(code.rstrip("\n"))
    else:
        save(code, request.output)


def _orders(text):
    """Return the orders that a text such as 0,1,2 lists."""
    if text is None:
        return None
    words = [word.strip() for word in text.split(",")]
    if not all(word in ("0", "1", "2") for word in words) or len(set(words)) < len(words):
        raise ArgumentError(f"'{text}' are no orders", hint="some of 0, 1 and 2, such as --orders 0,1,2")
    return tuple(map(int, words))


def _sizes(texts):
    """Return the sizes of a text such as n=1000, m=20."""
    found = {}
    for item in [item.strip() for text in texts for item in text.split(",")]:
        name, equals, value = (part.strip() for part in item.partition("="))
        if not equals or not name.isidentifier() or not value.isdecimal() or int(value) < 1:
            raise ArgumentError(f"'{item}' is no size", hint="write --size n=1000")
        found[name] = int(value)
    return found or None
