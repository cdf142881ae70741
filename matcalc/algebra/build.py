"""Surface tree to expression, for names whose expressions are known.

The one interpreter of the language on the symbolic side: it builds the user's text after
``elaborate`` has found the shapes, and the formulas of the rule book on the arguments of a rule.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from itertools import groupby

import sympy
from sympy import Expr, Mul, Rational, S

from ..budget import spend
from ..errors import DomainError, MatcalcError, ShapeError, UnknownNameError
from ..language.generators import Over
from ..language.nodes import IMAGINARY
from ..language.syntax import Binary, Call, Name, Negate, Number, String, Tree
from ..language.syntax import Transpose as TransposeTree
from ..language.syntax import children as tree_children
from ..rulebook.entries import Book, Rule
from ..rulebook.files import standard_rules
from .binding import bind, result_shape
from .choices import choice
from .commuting import all_commute
from .complexes import UNIT
from .constants import (
    commutation,
    eye,
    is_constant,
    is_deep,
    ones,
    real,
    scalar_power,
    scalar_product,
    shape_of,
    unit,
    zero_of,
    zeros,
)
from .constructors import (
    broadcast,
    broadcast_power,
    broadcast_product,
    broadcast_sum,
    common_shape,
    diagonal,
    hadamard,
    power,
    scale,
    transpose,
)
from .embeddings import joined_embeddings  # noqa: F401 (makes sums join them)
from .expressions import (
    ONE,
    Array,
    ArrayFunction,
    ScalarFunction,
    Scale,
    Sum,
    Transpose,
    coefficient,
    is_array,
)
from .halves import duplication, elimination, install_halves, strict_elimination, unvech, vech, vecp
from .indexed import index_symbol, over_indices, picked_term
from .kronecker import kronecker, unvec, vec
from .linear import negate
from .members import member, sliced
from .partial_traces import partial_trace
from .products import matmul, matrix_power
from .reductions import install_reductions
from .registry import KNOWN_VALUES, PAIR_RULES
from .selectors import SELECTING
from .stepping import STEPPING
from .traces import diagonal_entries, frobenius_product, norm, sum_axis, total, trace
from .turned import stands_before, turned

install_reductions()
install_halves()
PAIR_RULES.append(picked_term)


def _diagonal_entries(node: Array) -> Array | None:
    """The diagonal as a column; a sum is taken apart where some of its terms simplify."""
    scalar, array = coefficient(node) if is_array(node) else (ONE, node)
    if isinstance(array, Sum):
        parts = [diagonal_entries(part) for part in array.args]
        if any(part is not None for part in parts):
            (rule,) = [rule for rule in standard_rules() if rule.id == "diag(X)"]
            whole = [apply(rule, term) if part is None else part for part, term in zip(parts, array.args)]
            return scale(scalar, broadcast_sum(*whole))
    return diagonal_entries(node)


OPERATIONS: dict[str, Callable[..., Expr | None]] = {
    "eye": eye,
    "ones": lambda n, m=ONE: ones(n, m),
    "zeros": lambda n, m=ONE: zeros(n, m),
    "unit": unit,
    "commutation": commutation,
    "trace": trace,
    "frobenius_product": frobenius_product,
    "diagonal": diagonal,
    "vec": vec,
    "kronecker": kronecker,
    "inverse": lambda base: matrix_power(base, S.NegativeOne),
    "matrix_power": matrix_power,
    "diagonal_entries": _diagonal_entries,
    "total": total,
    "column_sums": lambda node: sum_axis(node, 0),
    "row_sums": lambda node: sum_axis(node, 1),
    "norm": norm,
    "choice": choice,
    **SELECTING,
    "rows": sliced,
    "rows_from": lambda node, start: sliced(node, start, shape_of(node)[0]),
    "rows_to": lambda node, stop: sliced(node, S.Zero, stop),
    "member": member,
    **STEPPING,
    "unvec": unvec,
    "duplication": duplication,
    "elimination": elimination,
    "strict_elimination": strict_elimination,
    "vech": vech,
    "vecp": vecp,
    "unvech": unvech,
    "ptrace_first": partial_trace(0),
    "ptrace_second": partial_trace(1),
}


# what a function of SymPy's does with its argument, in units of work
_SYMPY_STEPS = 100

# -- applying a rule ---------------------------------------------------------------------


def apply(rule: Rule, *args: Expr) -> Expr:
    """Return the value of a rule for arguments (arrays, scalars; sizes for constants)."""
    if rule.operation:
        if rule.params and rule.params[0].kind == "array":
            bind(rule, args)
        value = OPERATIONS[rule.operation](*args)
        if value is not None:
            return value
    if rule.elementwise and rule.means is None:
        return _apply_elementwise(rule, args)
    env = bind(rule, args)
    first = args[0] if args else None
    if args and not any(is_array(a) for a in args) and rule.scalar is not None:
        return build(rule.scalar, env, rule.book)
    if first is not None and is_array(first) and first.is_column and rule.column is not None:
        return build(rule.column, env, rule.book)
    if first is not None and is_array(first) and first.is_row and rule.row is not None:
        return build(rule.row, env, rule.book)
    if rule.means is not None:
        return build(rule.means, env, rule.book)
    if rule.identity is not None and is_constant(first, "eye"):
        return build(rule.identity, env, rule.book)
    if rule.commutative is not None and all_commute(args):
        return build(rule.commutative, env, rule.book)
    known = (find(rule, args) for find in KNOWN_VALUES if rule.known and is_array(first))
    value = next((value for value in known if value is not None), None)
    if value is not None:
        return value
    shape = result_shape(rule, env)
    simpler = _linear_value(rule, args, shape) if rule.linear else None
    return _function(rule, args, shape) if simpler is None else simpler


def _linear_value(rule: Rule, args: tuple[Array, ...], shape: tuple[Expr, Expr]) -> Scale | None:
    """Return 0 where an argument in which the function is linear is 0, c*f(X) for f(c*X), else None."""
    scalars, arrays = [], []
    for parameter, arg in zip(rule.params, args):
        linear = parameter.name in rule.linear and is_array(arg)
        scalar, array = coefficient(arg) if linear else (ONE, arg)
        if linear and is_constant(array, "zeros"):
            return zero_of(shape)
        scalars.append(scalar)
        arrays.append(array)
    return None if all(scalar == 1 for scalar in scalars) else scale(Mul(*scalars), apply(rule, *arrays))


def _function(rule: Rule, args: tuple[Expr, ...], shape: tuple[Expr, Expr]) -> Expr:
    first = args[0]
    if shape == (ONE, ONE):
        if rule.invariant and is_array(first) and transpose(first).transposes < first.transposes:
            args = (transpose(first), *args[1:])
        return ScalarFunction(rule, args)
    if rule.invariant and is_array(first) and transpose(first).transposes < first.transposes:
        return ArrayFunction(rule, (transpose(first), *args[1:]), shape)
    opposite = turned(rule, args)
    if opposite is not None and stands_before(opposite, args):
        return transpose(_function(rule, opposite, (shape[1], shape[0])))
    return ArrayFunction(rule, args, shape)


def _apply_elementwise(rule: Rule, args: tuple[Expr, ...]) -> Expr:
    if not any(is_array(a) for a in args):
        return _apply_to_scalar(rule, args)
    shape = common_shape(*args)
    args = tuple(a if p.kind == "scalar" else broadcast(a, shape) for p, a in zip(rule.params, args))
    if len(args) == 1:
        simpler = _elementwise_value(rule, args[0])
        if simpler is not None:
            return simpler
    opposite = tuple(transpose(a) for a in args)
    if stands_before(opposite, args):
        inner = _apply_elementwise(rule, opposite)
        return transpose(inner)
    return ArrayFunction(rule, args, shape)


def _apply_to_scalar(rule: Rule, args: tuple[Expr, ...]) -> Expr:
    (arg, *_) = args
    if rule.parity and len(args) == 1 and arg.as_coeff_Mul()[0].is_negative:
        return _by_parity(rule, -arg)
    if arg == 0 and rule.parity == "complement":
        return Rational(1, 2)
    by_sign = rule.positive if arg.is_positive else rule.nonpositive if arg.is_nonpositive else None
    if by_sign is not None:
        return build(by_sign, {rule.params[0].name: arg, "n": ONE, "m": ONE}, rule.book)
    if rule.sympy and not any(is_deep(a) for a in args):
        spend(_SYMPY_STEPS)
        value = getattr(sympy, rule.sympy)(*args)
        return real(value) if all(a.is_number for a in args) else value
    return ScalarFunction(rule, args)


def _by_parity(rule: Rule, opposite: Expr) -> Expr:
    """Return f(-X) by the parity of f; ``opposite`` is X."""
    value = apply(rule, opposite)
    if rule.parity == "even":
        return value
    if rule.parity == "odd":
        return negate(value) if is_array(value) else -value
    return broadcast_sum(ONE, negate(value))


def _is_negative(node: Array) -> bool:
    return bool(coefficient(node)[0].as_coeff_Mul()[0].is_negative)


def _elementwise_value(rule: Rule, arg: Array) -> Array | None:
    """Return the simpler value of an elementwise function of one array, or None."""
    factor, array = coefficient(arg)
    if is_constant(array, "ones"):
        return scale(apply(rule, factor), array)
    if is_constant(array, "zeros"):
        return broadcast(apply(rule, S.Zero), array.shape)
    if rule.parity and _is_negative(arg):
        return _by_parity(rule, negate(arg))
    if rule.inverse and isinstance(arg, ArrayFunction) and arg.rule.name == rule.inverse:
        return arg.args[0]
    negative = rule.nonpositive is not None and factor.is_nonpositive and array.sign == 1
    if rule.positive is not None and arg.sign == 1 or negative:
        env = {rule.params[0].name: arg, "n": arg.rows, "m": arg.cols}
        return build(rule.nonpositive if negative else rule.positive, env, rule.book)
    if isinstance(array, Transpose):
        return transpose(apply(rule, scale(factor, array.args[0])))
    return _of_repeated(rule, factor, array)


def _of_repeated(rule: Rule, factor: Expr, array: Array) -> Array | None:
    from .constructors import repeated

    inner = repeated(array)
    if inner is None:
        return None
    return broadcast(apply(rule, scale(factor, inner[0])), array.shape)


# -- interpreting a tree -----------------------------------------------------------------

_CHAINS = {"+": "+-", "-": "+-", "*": "*/", "/": "*/", "@": "@"}


def _chain(node: Binary, known: Container[int] = ()) -> list[tuple[str, Tree]]:
    """Return the operands of a chain of one kind of operator as (operator, operand), nested on either side.

    a - (b + c) is a - b - c and A@(B@C) is A@B@C; what stands below a quotient stays together, and so does what is
    among the ``known`` nodes, by their id.
    """
    kind = _CHAINS[node.op]
    parts: list[tuple[str, Tree]] = []
    stack: list[tuple[str, Tree]] = [(kind[0], node)]
    while stack:
        op, item = stack.pop()
        if not isinstance(item, Binary) or item.op not in kind or op == "/" or id(item) in known:
            parts.append((op, item))
            continue
        right = item.op
        if op == "-":
            right = "+" if item.op == "-" else "-"
        stack.append((right, item.right))
        stack.append((op, item.left))
    return parts


def _parts(node: Tree) -> list[Tree] | tuple[Tree, ...]:
    if isinstance(node, Binary) and node.op in _CHAINS:
        return [operand for _, operand in _chain(node)]
    return tree_children(node)


def build(
    tree: Tree, env: Mapping[str, Expr], book: Book, observe: Callable | None = None, values: dict | None = None
) -> Expr:
    """Return the expression that a surface tree stands for; ``env``: name to expression or size.

    The entry ``"d"`` of ``env``, where there is one, is the function that takes the differential of an
    expression; rule formulas use it. ``observe(sum, terms)`` is told of every sum and its terms as written.
    ``values`` are those of subtrees that are known, by their id; what is found here is added.
    Raises ShapeError, DomainError or LimitError.
    """
    values = {} if values is None else values
    stack: list[tuple[Tree, Sequence[Tree] | None]] = [(tree, None)]
    while stack:
        node, parts = stack.pop()
        if id(node) in values:
            continue
        if parts is not None:  # their values are known
            try:
                values[id(node)] = _value(node, values, env, book)
                if observe is not None and isinstance(node, Binary) and node.op in "+-":
                    observe(values[id(node)], [values[id(part)] for part in parts])
            except MatcalcError as error:
                if error.span is None and node.span.end > 0:
                    error.span = node.span
                raise
        else:
            if isinstance(node, Over):
                env = {**{name: index_symbol(name) for name in node.indices}, **env}
            parts = _parts(node)
            stack.append((node, parts))
            stack += [(part, None) for part in reversed(parts) if id(part) not in values]
    return values[id(tree)]


def _value(node: Tree, values: Mapping[int, Expr], env: Mapping[str, Expr], book: Book) -> Expr:
    if isinstance(node, Number):
        return Rational(node.value.numerator, node.value.denominator)
    if isinstance(node, Name):
        return _named(node, env)
    if isinstance(node, String):
        return None
    if isinstance(node, Negate):
        return negate(values[id(node.operand)])
    if isinstance(node, TransposeTree):
        return transpose(values[id(node.operand)])
    if isinstance(node, Call):
        return _call(node, values, env, book)
    if isinstance(node, Over):
        return over_indices(node, values, env)
    if node.op == "**":
        return broadcast_power(values[id(node.left)], values[id(node.right)])
    if node.op in "+-":  # the sum of a program's line is a sum of the next: what is added to it is added alone
        terms = [(op, values[id(operand)]) for op, operand in _chain(node, values)]
        return broadcast_sum(*[negate(value) if op == "-" else value for op, value in terms])
    parts = [(op, values[id(operand)]) for op, operand in _chain(node)]
    if node.op == "@":
        return _product([value for _, value in parts])
    return _elementwise_product(parts)


def _named(node: Name, env: Mapping[str, Expr | Callable]) -> Expr:
    if node.id in env:
        return env[node.id]
    if node.id in ("pi", "inf"):
        return S.Pi if node.id == "pi" else S.Infinity
    if node.id == IMAGINARY:
        return UNIT
    raise UnknownNameError(f"'{node.id}' is not known here", span=node.span, hint="declare its shape")


def _call(node: Call, values: Mapping[int, Expr], env: Mapping[str, Expr], book: Book) -> Expr:
    if node.function == "d" and "d" in env:
        return env["d"](values[id(node.args[0])])
    mismatches: list[ShapeError] = []
    for rule in book.lookup(node):
        args = [values[id(arg)] for arg in node.args[: len(rule.params)]]
        try:
            return apply(rule, *args)
        except ShapeError as mismatch:
            mismatches.append(mismatch)
    raise mismatches[0]


def _product(factors: list[Expr]) -> Expr:
    rows, cols = shape_of(factors[0])
    for factor in factors[1:]:
        inner, outer = shape_of(factor)
        if cols != inner:
            raise ShapeError(f"a product of shapes {(rows, cols)} and {(inner, outer)}")
        cols = outer
    return matmul(*factors)


def _elementwise_product(parts: list[tuple[str, Expr]]) -> Expr:
    scalars, arrays = [], []
    for op, value in parts:
        if not is_array(value):
            if op == "/" and value == 0:
                raise DomainError("a division by zero", hint="remove it")
            scalars.append(scalar_power(value, S.NegativeOne) if op == "/" else value)
        else:
            arrays.append(power(value, S.NegativeOne) if op == "/" else value)
    if not arrays:
        return scalar_product(*scalars)
    groups = [list(alike) for _, alike in groupby(arrays, key=shape_of)]
    product, *others = [hadamard(*alike) if len(alike) > 1 else alike[0] for alike in groups]
    for array in others:
        product = broadcast_product(product, array)
    return scale(scalar_product(*scalars), product) if scalars else product


# -- the rule book in force --------------------------------------------------------------


def call(book: Book, name: str, *args: Expr) -> Expr:
    """Return the value of a function of the rule book by its name; the overload that fits is taken."""
    error = None
    for rule in book.overloads(name):
        if len(rule.params) == len(args) and not rule.literals:
            try:
                return apply(rule, *args)
            except ShapeError as mismatch:
                error = mismatch
    raise error or ShapeError(f"no {name} of {len(args)} arguments")
