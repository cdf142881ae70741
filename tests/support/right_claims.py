"""Right claims: a textbook's formula written in other ways, expanded, factored, rearranged."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from matcalc.claims.trees import parents, replaced
from matcalc.language.syntax import Binary, Call, Negate, Number, Transpose, parse_tree, postorder
from matcalc.language.unparse import unparse
from matcalc.printers.sizes import node_shapes

SCALAR = ("1", "1")


def _number(value):
    return Number(Fraction(value))


def rearranged(text, shapes, book, rng, steps):
    """Return a formula of the same value, after some random steps; ``shapes`` are those of the names, as texts."""
    tree, done = parse_tree(text), []
    for _ in range(steps):
        found = node_shapes(tree, book, shapes)
        inside = {id(part) for node in postorder(tree) if isinstance(node, Call) for part in _literal_parts(node, book)}
        choices = [
            (node, new, rule.__name__)
            for node in postorder(tree)
            if id(node) not in inside
            for rule in RULES
            for new in rule(node, found)
        ]
        if not choices:
            break
        node, new, name = rng.choice(choices)
        tree = replaced(tree, node, new, parents(tree))
        tree = parse_tree(unparse(tree))
        done.append(name)
    return unparse(tree), done


def _literal_parts(call, book):
    """Return the nodes in the arguments of a call that are sizes, indices or words."""
    rule = book.lookup(call)[0]
    for position, arg in enumerate(call.args):
        if position >= len(rule.params) or rule.params[position].kind in ("size", "index"):
            yield from postorder(arg)
    for _, value in call.keywords:
        yield from postorder(value)


def _is(node, operators):
    return isinstance(node, Binary) and node.op in ([operators] if operators == "**" else [*operators])


def commute_sum(node, shapes):
    if _is(node, "+"):
        yield Binary("+", node.right, node.left)
    if _is(node, "-"):
        yield Binary("+", Negate(node.right), node.left)


def commute_product(node, shapes):
    if _is(node, "*"):
        yield Binary("*", node.right, node.left)


def expand(node, shapes):
    """Products over sums."""
    if not _is(node, "@*/"):
        return
    left, right = node.left, node.right
    if _is(left, "+-") and _full(left, shapes):
        yield Binary(left.op, Binary(node.op, left.left, right), Binary(node.op, left.right, right))
    if node.op != "/" and _is(right, "+-") and _full(right, shapes):
        yield Binary(right.op, Binary(node.op, left, right.left), Binary(node.op, left, right.right))


def _full(node, shapes):
    """Whether both sides of a sum have its shape, so that nothing is broadcast."""
    return shapes[id(node.left)] == shapes[id(node.right)]


def factor_out(node, shapes):
    """c*A + c*B to c*(A + B), by the texts of the factors."""
    if _is(node, "+-") and _full(node, shapes):
        one, other = node.left, node.right
        if _is(one, "@*") and _is(other, "@*") and one.op == other.op:
            if unparse(one.left) == unparse(other.left) and shapes[id(one.right)] == shapes[id(other.right)]:
                yield Binary(one.op, one.left, Binary(node.op, one.right, other.right))
            if unparse(one.right) == unparse(other.right) and shapes[id(one.left)] == shapes[id(other.left)]:
                yield Binary(one.op, Binary(node.op, one.left, other.left), one.right)


def transpose_product(node, shapes):
    if isinstance(node, Transpose):
        inner = node.operand
        if _is(inner, "@"):
            yield Binary("@", Transpose(inner.right), Transpose(inner.left))
        if _is(inner, "+-*/"):
            yield Binary(inner.op, Transpose(inner.left), Transpose(inner.right))
        if isinstance(inner, Transpose):
            yield inner.operand
    if _is(node, "@"):
        yield Transpose(Binary("@", Transpose(node.right), Transpose(node.left)))


def double_transpose(node, shapes):
    if shapes[id(node)] != SCALAR:
        yield Transpose(Transpose(node))


def scalar_transposed(node, shapes):
    """x.T@A@y to y.T@A.T@x: a scalar is its own transpose."""
    if _is(node, "@") and shapes[id(node)] == SCALAR:
        yield Transpose(node)
        yield Binary("@", Transpose(node.right), Transpose(node.left))


def reassociate(node, shapes):
    if _is(node, "@"):
        if _is(node.left, "@"):
            yield Binary("@", node.left.left, Binary("@", node.left.right, node.right))
        if _is(node.right, "@"):
            yield Binary("@", Binary("@", node.left, node.right.left), node.right.right)


def move_scalar(node, shapes):
    """(c*A)@B to A@(c*B) and c*(A@B)."""
    if _is(node, "@") and _is(node.left, "*") and shapes[id(node.left.left)] == SCALAR:
        scalar, array = node.left.left, node.left.right
        yield Binary("*", scalar, Binary("@", array, node.right))
        yield Binary("@", array, Binary("*", scalar, node.right))
        yield Binary("*", Binary("@", array, node.right), scalar)


def split_quotient(node, shapes):
    if _is(node, "/"):
        yield Binary("*", node.left, Binary("/", _number(1), node.right))
        if shapes[id(node.right)] == SCALAR:
            yield Binary("*", Binary("/", _number(1), node.right), node.left)


def inverse_transposed(node, shapes):
    if isinstance(node, Transpose) and isinstance(node.operand, Call) and node.operand.function in ("inv", "pinv"):
        yield replace(node.operand, args=(Transpose(node.operand.args[0]),))
    if isinstance(node, Call) and node.function in ("inv", "pinv"):
        yield Transpose(replace(node, args=(Transpose(node.args[0]),)))
        if isinstance(node.args[0], Transpose):
            yield Transpose(replace(node, args=(node.args[0].operand,)))
    if isinstance(node, Call) and node.function == "inv":
        yield Call("solve", (node.args[0], Call("eye", (_size(shapes[id(node)][0]),))))


def _size(text):
    return parse_tree(text)


def rotate_trace(node, shapes):
    if isinstance(node, Call) and node.function in ("tr", "trace"):
        inner = node.args[0]
        yield replace(node, args=(Transpose(inner),))
        if _is(inner, "@"):
            yield replace(node, args=(Binary("@", inner.right, inner.left),))
            yield Call("sum", (Binary("*", Transpose(inner.left), inner.right),))


def norm_squared(node, shapes):
    if _is(node, "**") and isinstance(node.left, Call) and node.left.function == "norm" and len(node.left.args) == 1:
        inner = node.left.args[0]
        if isinstance(node.right, Number) and node.right.value == 2:
            yield Call("sum", (Binary("**", inner, _number(2)),))
            yield Call("tr", (Binary("@", Transpose(inner), inner),))
            if shapes[id(inner)][1] == "1":
                yield Binary("@", Transpose(inner), inner)


def squares(node, shapes):
    if _is(node, "**") and isinstance(node.right, Number) and node.right.value == 2:
        yield Binary("*", node.left, node.left)
    if _is(node, "*") and unparse(node.left) == unparse(node.right):
        yield Binary("**", node.left, _number(2))


def signs(node, shapes):
    if isinstance(node, Negate):
        yield Binary("*", Negate(_number(1)), node.operand)
    if _is(node, "-"):
        yield Negate(Binary("-", node.right, node.left))


def doubled(node, shapes):
    yield Binary("-", Binary("*", _number(2), node), node)
    yield Binary("/", Binary("+", node, node), _number(2))


def functions(node, shapes):
    if isinstance(node, Call) and len(node.args) == 1:
        (z,) = node.args
        if node.function == "sigmoid":
            yield Binary("/", _number(1), Binary("+", _number(1), Call("exp", (Negate(z),))))
            yield Binary("-", _number(1), Call("sigmoid", (Negate(z),)))
        if node.function == "exp":
            yield Binary("/", _number(1), Call("exp", (Negate(z),)))
        if node.function == "sqrt":
            yield Binary("**", z, Number(Fraction(1, 2)))
        if node.function == "softmax" and shapes[id(z)][1] == "1":
            yield Binary("/", Call("exp", (z,)), Call("sum", (Call("exp", (z,)),)))
        if node.function == "tanh":
            yield Binary("-", Binary("*", _number(2), Call("sigmoid", (Binary("*", _number(2), z),))), _number(1))


def diagonal_scaling(node, shapes):
    """diag(v)@A to v*A."""
    if _is(node, "@") and isinstance(node.left, Call) and node.left.function == "diag":
        v = node.left.args[0]
        if shapes[id(v)][1] == "1":
            yield Binary("*", v, node.right)
    if _is(node, "@") and isinstance(node.right, Call) and node.right.function == "diag":
        v = node.right.args[0]
        if shapes[id(v)][1] == "1":
            yield Binary("*", node.left, Transpose(v))


RULES = [
    commute_sum, commute_product, expand, factor_out, transpose_product, double_transpose, scalar_transposed,
    reassociate, move_scalar, split_quotient, inverse_transposed, rotate_trace, norm_squared, squares, signs, doubled,
    functions, diagonal_scaling,
]
