"""The short forms that the rule book has: its lines ``short for`` and ``shortens``, found in expressions.

The left side of a line is built for an argument that stands in the expression, and compared: as a whole where it is a
function, as some of the factors where it is a product or a power. So every way to write it that has the same canonical
form is found. A line replaces operations by fewer ones, so applying them ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

from sympy import Add, Expr, Mul, Pow
from sympy.core.function import Function

from ...algebra.build import bind, build
from ...algebra.constructors import hadamard, power, scale, transpose
from ...algebra.expressions import (
    ONE,
    ArrayFunction,
    Hadamard,
    InnerProduct,
    MatMul,
    Power,
    ScalarFunction,
    Scale,
    Sum,
    Transpose,
    is_array,
)
from ...algebra.products import matmul
from ...budget import uncounted
from ...errors import MatcalcError
from ...language.syntax import Call, Name, Negate, postorder
from ...rulebook.entries import Book, Rule
from ...rulebook.properties import Identity

Node: TypeAlias = Any  # an Array or an Expr: SymPy carries no types
# how far below an operation the function is looked for whose argument is that of the line, and among how many nodes
_DEPTH, _WIDTH = 4, 40
_LEFT_SIDES_KEPT = 500
_SEEN_THROUGH = (Sum, Scale, Hadamard, Power, MatMul, Transpose, InnerProduct, Add, Mul, Pow)


class _Form(NamedTuple):
    """A line of an entry, its sign moved to the right side.

    ``anchor`` is the name of a function of X itself, or of -X where ``negated``, None where X stands below operators
    alone; ``functions`` are all in the left side that stay functions in canonical form.
    """

    rule: Rule
    left: Any
    right: Any
    anchor: str | None
    negated: bool
    functions: frozenset


class _Index(NamedTuple):
    """The lines of a book: those whose left side is a function by its name, the others by their anchor.

    ``left_sides`` remembers what lines have on the left for an argument: each term of a sum of k exponentials asks for
    that of all k.
    """

    calls: dict
    products: dict
    names: dict
    left_sides: dict[tuple[int, Node], Node]


_indices: WeakKeyDictionary[Book, _Index] = WeakKeyDictionary()


def _index_of(book: Book) -> _Index:
    found = _indices.get(book)
    if found is None:
        with uncounted():
            found = _indices[book] = _make_index(book)
    return found


def _make_index(book: Book) -> _Index:
    found = _Index({}, {}, {rule.sympy: rule.name for rule in book.rules if rule.sympy}, {})
    for rule in book.rules:
        for identity in rule.shortens:
            form = _form(rule, identity)
            if isinstance(form.left, Call):
                found.calls.setdefault(form.left.function, []).append(form)
            else:
                found.products.setdefault(form.anchor, []).append(form)
    return found


def _form(rule: Rule, identity: Identity) -> _Form:
    left, right = identity.left_tree, identity.right_tree
    if isinstance(left, Negate):
        left, right = left.operand, Negate(right)
    calls = [node for node in postorder(left) if isinstance(node, Call)]
    anchor = next((call for call in calls if any(map(_is_parameter, call.args))), None)
    negated = anchor is not None and any(isinstance(argument, Negate) for argument in anchor.args)
    kept = {c.function for c in calls if not any(r.operation or r.means for r in rule.book.overloads(c.function))}
    return _Form(rule, left, right, anchor.function if anchor else None, negated, frozenset(kept))


def _is_parameter(argument: Any) -> bool:
    """Whether an argument is a name or its opposite."""
    return isinstance(argument.operand if isinstance(argument, Negate) else argument, Name)


def name_of(node: Node, book: Book) -> str | None:
    """Return the name that the rule book has for a function, ours or SymPy's; None for other expressions."""
    if isinstance(node, (ArrayFunction, ScalarFunction)):
        return node.rule.name
    return _index_of(book).names.get(type(node).__name__) if isinstance(node, Function) else None


def shortened_call(node: Node, book: Book) -> Node:
    """Return a function in the short form that a line has for it, such as softplus(u) for log(1 + exp(u))."""
    for form in _index_of(book).calls.get(name_of(node, book), ()):
        for argument in _arguments([node], form, book):
            if _left_side(form, argument, book) == node:
                right = _side(form.right, form, argument, book)
                return node if right is None else right
    return node


def shortened_product(node: Node, book: Book) -> Node:
    """Return a product, a power or a multiple with factors in the short form of a line: sigmoid(u)**2 and the like."""
    index, factors = _index_of(book), _factors(node)
    found = {name for base, _ in factors for name in _names_below(base, book)}
    for anchor in [anchor for anchor in index.products if anchor is None or anchor in found]:
        for form in (form for form in index.products[anchor] if form.functions <= found):
            for argument in _arguments([base for base, _ in factors], form, book):
                shorter = _replaced(node, factors, form, argument, book)
                if shorter is not None:
                    return shorter
    return node


# -- where the argument stands -----------------------------------------------------------------------------------


def _below(roots: list) -> Iterator[tuple[Node, bool]]:
    """Yield what is near the top of some expressions, and whether it stands transposed."""
    level = [(root, False) for root in roots]
    for _ in range(_DEPTH):
        deeper = []
        for node, turned in level[:_WIDTH]:
            yield node, turned
            if isinstance(node, (*_SEEN_THROUGH, Function, ScalarFunction, ArrayFunction)):
                deeper += [(part, turned ^ isinstance(node, Transpose)) for part in node.args]
        level = deeper


def _names_below(root: Node, book: Book) -> set:
    return {name_of(node, book) for node, _ in _below([root])}


def _arguments(roots: list, form: _Form, book: Book) -> Iterator[Node]:
    """Yield what X may stand for: the arguments of the anchor near the top, or their opposites; or all there is."""
    seen = set()
    for node, turned in _below(roots):
        if form.anchor is None:
            parts = () if not is_array(node) and node.is_Rational else (node,)
        else:
            parts = node.args if name_of(node, book) == form.anchor else ()
        for part in parts:
            for argument in (part, transpose(part)) if turned and is_array(part) else (part,):
                if argument not in seen:
                    seen.add(argument)
                    opposite = scale(-ONE, argument) if is_array(argument) else -argument
                    yield opposite if form.negated else argument


def _side(side: Any, form: _Form, argument: Node, book: Book) -> Node | None:
    """Return a side of a line for an argument, None where it does not fit."""
    try:
        return build(side, bind(form.rule, (argument,)), book)
    except MatcalcError:
        return None


def _left_side(form: _Form, argument: Node, book: Book) -> Node | None:
    known, wanted = _index_of(book).left_sides, (id(form.left), argument)
    found = known.get(wanted)
    if found is None:
        found = _side(form.left, form, argument, book)
        if len(known) >= _LEFT_SIDES_KEPT:
            known.clear()
        if found is not None:
            known[wanted] = found
    return found


# -- factors ---------------------------------------------------------------------------------------------------------


def _factors(node: Node) -> list[tuple[Node, Expr]]:
    """Return the (base, exponent) that a scalar or elementwise product has; a matrix product counts as one."""
    if not is_array(node):
        parts = Mul.make_args(node)
        return [(part, ONE) if isinstance(part, Function) else part.as_base_exp() for part in parts]
    scalar, array = (node.args[0], node.args[1]) if isinstance(node, Scale) else (ONE, node)
    parts = array.args if isinstance(array, Hadamard) else (array,)
    arrays = [part.args if isinstance(part, Power) and not is_array(part.args[1]) else (part, ONE) for part in parts]
    return [*(_factors(scalar) if scalar != 1 else []), *arrays]


def _replaced(node: Node, factors: list, form: _Form, argument: Node, book: Book) -> Node | None:
    """Return the product with the left side of a line replaced among its factors, None where it has not all of them."""
    side = _left_side(form, argument, book)
    if side is None:
        return None
    wanted, left = _factors(side), dict(factors)
    numbers = Mul(*[base**exponent for base, exponent in wanted if not is_array(base) and base.is_Rational])
    wanted = [(base, exponent) for base, exponent in wanted if is_array(base) or not base.is_Rational]
    if not wanted:
        return None
    inside, times = None, ONE
    if len(wanted) == 1 and abs(wanted[0][1]) == 1:
        # all of a power at once: (1 + exp(-u))**-k is sigmoid(u)**k
        ((base, exponent),) = wanted
        times = left.pop(base, -exponent) * exponent
        if not times.is_positive:
            return None
        wanted = []
    for base, exponent in wanted:
        if base in left and left[base].is_number and _covers(left[base], exponent):
            left[base] -= exponent
        elif base not in left and exponent == 1 and len(wanted) > 1 and _only_array(base, wanted):
            inside = base
        else:
            return None
    new = _side(form.right, form, argument, book)
    if new is None:
        return None
    if numbers != 1:
        new = scale(1 / numbers, new) if is_array(new) else new / numbers
    return _product([*left.items(), (new, times)]) if inside is None else _inside_product(left, inside, new)


def _only_array(base: Node, wanted: list) -> bool:
    """Whether a factor may stand within a matrix product: only scalars pass through it, entries do not."""
    return is_array(base) and not any(is_array(other) for other, _ in wanted if other is not base)


def _covers(has: Expr, wanted: Expr) -> bool:
    """Whether a power has another one as a factor, exponents of one sign."""
    return bool((has - wanted).is_nonnegative) if wanted.is_positive else bool((has - wanted).is_nonpositive)


def _inside_product(left: dict, old: Node, new: Node) -> Node | None:
    """Return the product where a factor stands within a matrix product: A@exp(x)/sum(exp(x)) is A@softmax(x)."""
    for base, exponent in left.items():
        if is_array(base) and exponent == 1:
            replaced = replace_factor(base, old, new)
            if replaced is not None:
                return _product([*((b, e) for b, e in left.items() if b is not base), (replaced, ONE)])
    return None


def replace_factor(node: Node, old: Node, new: Node) -> Node | None:
    """Return the product with one factor replaced, or None where it does not have it."""
    if node is old:
        return new
    if node is transpose(old):
        return transpose(new)
    if not isinstance(node, (MatMul, Hadamard)):
        return None
    construct = matmul if isinstance(node, MatMul) else hadamard
    for index, factor in enumerate(node.args):
        replaced = replace_factor(factor, old, new)
        if replaced is not None:
            return construct(*node.args[:index], replaced, *node.args[index + 1 :])
    return None


def _product(factors: list) -> Node:
    """Return the product of powers, elementwise for arrays."""
    scalars = [Pow(base, exponent) for base, exponent in factors if not is_array(base)]
    arrays = [power(base, exponent) for base, exponent in factors if is_array(base) and exponent != 0]
    return scale(Mul(*scalars), hadamard(*arrays)) if arrays else Mul(*scalars)
