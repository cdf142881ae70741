"""``matcalc code``: a function that computes value and derivative, as source text for an array library."""

from __future__ import annotations

from dataclasses import dataclass

from ..answers.derivatives import Derivatives
from ..answers.index_form import IndexForm
from ..api import diff, parse
from ..errors import ArgumentError
from ..shapes.declarations import read_assumptions, read_shapes
from .graph import one_expression, save
from .notation import announce, syntax_of, write_notes
from .streams import write
from .values import read_values


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
    along: tuple = ()
    mixed: bool = False
    convention: str = "wirtinger"
    values: tuple = ()


def run(source, request):
    """Write the code of one function for all the names that are differentiated by. Raises a MatcalcError."""
    shapes, assume = read_shapes(request.shape), read_assumptions(request.assume)
    function = parse(one_expression(source), shapes, assume, request.rules, syntax_of(request.syntax))
    announce(function)
    orders = _orders(request.orders)
    order = max(orders) if orders and (max(orders) > 2 or 1 not in orders) else 1
    order = max(order, 1)
    if request.mixed:
        order = 2
    wrt = list(request.wrt) if len(request.wrt) > 1 else next(iter(request.wrt), None)
    derivative = diff(
        function, wrt, request.layout, order, shapes, structure=request.structure, rules=request.rules,
        along=list(request.along) or None, convention=request.convention, values=read_values(request.values),
    )
    if isinstance(derivative, IndexForm):
        _write(_tensor_code(derivative, request, orders), request)
        return
    if request.mixed:
        derivative = _whole(derivative, request)
    for one in derivative if isinstance(wrt, list) else [derivative]:
        write_notes(one)
    code = derivative.code(
        request.target, request.value, orders, request.product, request.with_check, request.name, _sizes(request.size)
    )
    _write(code, request)


def _write(code, request):
    if request.output is None:
        write(code.rstrip("\n"))
    else:
        save(code, request.output)


def _whole(derivative, request):
    """Return what gives the whole Hessian by several names: its blocks, for a product the derivatives of order 2."""
    if not isinstance(derivative, Derivatives):
        raise ArgumentError("--mixed is for several names", hint="add --wrt NAME twice")
    return derivative if request.product else derivative.blocks


def _tensor_code(form, request, orders):
    """Return the code of an array of three and more indices."""
    if request.product or request.with_check or set(orders) - {0, form.order}:
        raise ArgumentError(
            f"code of {len(form.shape)} indices returns that array and the value alone",
            hint=f"write --orders {form.order}, or take a matrix: --along u",
        )
    return form.code(request.target, request.value or 0 in orders, request.name, _sizes(request.size))


def _orders(text):
    """Return the orders that a text such as 0,1,2 lists."""
    if text is None:
        return None
    words = [word.strip() for word in text.split(",")]
    if not all(word in "0123456" and len(word) == 1 for word in words) or len(set(words)) < len(words):
        raise ArgumentError(f"'{text}' are no orders", hint="some of 0, 1 and 2, such as --orders 0,1,2; up to 6")
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
