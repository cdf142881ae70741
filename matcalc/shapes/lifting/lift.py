"""A sum over an index to a formula in matrices.

What depends on an index becomes a column, a vector that depends on it the rows of a matrix, and what depends on two
indices a matrix; :mod:`operations` has the rule for each operation. A sum for which there is no such form keeps a
loop over one of its indices, and what stands within is lifted over the others.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any, NoReturn

from ...language.generators import For, If, Over
from ...language.subscripts import MEMBER, is_subscript
from ...language.syntax import (
    Binary,
    Call,
    Name,
    Negate,
    String,
    Transpose,
    Tree,
    children,
    outside_sums,
    postorder,
    with_children,
)
from . import operations as ops
from .alone import without_one
from .expand import terms
from .indices import Bound, Extents, Index, bound_of, index_of
from .network import Label, Piece, Term, Unliftable, Value, piece_of, single
from .trees import call, key, number, occurring, value_of, vanishes

_REDUCTIONS = frozenset({"sum", "mean", "norm", "norm2", "norm1", "tr", "trace", "dot", "outer", "diag"})
_PARTS = frozenset({"[i]", "[i, :]", "[:, j]"})
_WITHOUT_LOOPS = frozenset({"prod", "max", "min"})
_APART = frozenset({"!=", "<", ">"})
_GUARDED = frozenset({"log", "sqrt", "abs", "log1p", "asin", "acos"})


class Lifter:
    """Lifts the sums of a tree.

    ``kinds``: {id of a node: "number", "column", "row" or "matrix"}; ``bound`` are the names of its indices.
    """

    def __init__(self, kinds: dict[int, str], extents: Extents, book: Any, bound: frozenset[str]) -> None:
        self.kinds, self.extents, self.book = kinds, extents, book
        # the indices that conditions keep apart: their labels, and their names
        self.apart: list[tuple[Label, Label]] = []
        self.pairs: list[tuple[str, str]] = []
        self.safe: set[int] = set()
        self.bound = bound
        # how many of the sums around are such that have no loop as their form
        self.counting = 0

    # -- trees that depend on no index ----------------------------------------------------------------

    def tree(self, root: Tree) -> Tree:
        """Return a tree with all of its sums lifted."""
        built: dict[int, Tree] = {}
        for node in postorder(root, outside_sums):
            if isinstance(node, Over):
                built[id(node)] = self.closed(node)
            else:
                built[id(node)] = with_children(node, [built[id(child)] for child in children(node)])
        return built[id(root)]

    def closed(self, over: Over) -> Tree:
        """Return a sum that depends on no other index, in matrices as far as there is such a form."""
        try:
            value = self.over(over, {})
            piece = piece_of(replace(value, cols=None) if value.is_diagonal else value)
            if piece.labels - {value.rows, value.cols}:
                raise Unliftable
            tree = piece.seen(value.rows, None if value.is_diagonal else value.cols)
            tree = call("diag", tree) if value.is_diagonal else tree
            return replace(tree, span=over.span)
        except Unliftable:
            return self.with_loops(over)

    def with_loops(self, over: Over) -> Tree:
        """Return a sum that keeps the loop over one of its indices at least."""
        if len(over.loops) > 1 and not over.conditions:
            for place, loop in enumerate(over.loops):
                others = over.loops[:place] + over.loops[place + 1 :]
                if any(_mentions(loop, other) or _mentions(other, loop) for other in others):
                    continue
                inner = self.closed(replace(over, loops=others))
                if not isinstance(inner, Over):
                    return Over(over.function, inner, (loop,), (), over.span)
        written_out = terms(over)
        if written_out is not None:
            return self.tree(written_out)
        if over.function in _WITHOUT_LOOPS and (without := without_one(over, self.value)) is not None:
            return without
        if over.function == "mean" and over.conditions:
            total = self.closed(replace(over, function="sum"))
            return Binary("/", total, self.closed(replace(over, function="sum", body=number(1))), over.span)
        body = over.body if over.conditions else self.tree(over.body)
        return replace(over, body=body)

    # -- sums -------------------------------------------------------------------------------------------

    def over(self, over: Over, scope: dict[str, Index]) -> Value:
        """Return the value of a sum within others, whose indices are ``scope``."""
        own = [index_of(loop) for loop in over.loops]
        inner = {**scope, **{index.name: index for index in own}}
        if any(index.stop.name in self.bound for index in own):
            raise Unliftable
        masks = [self.mask(condition, inner) for condition in over.conditions]
        before = len(self.apart), len(self.pairs)
        for condition in over.conditions:
            if condition.op not in _APART:
                continue
            one, two = key(condition.left), key(condition.right)
            self.apart.append((inner[one].label, inner[two].label))
            self.pairs.append((one, two))
        self.counting += over.function in _WITHOUT_LOOPS
        try:
            body = self.value(over.body, inner)
        finally:
            self.counting -= over.function in _WITHOUT_LOOPS
        del self.apart[before[0] :], self.pairs[before[1] :]
        labels = [index.label for index in own]
        if over.function == "sum":
            return self.summed(body, masks, labels)
        if over.function == "mean" and masks:
            counted = self.summed(ops.constant(number(1), "number"), masks, labels)
            return ops.divide(self.summed(body, masks, labels), counted)
        if over.function == "mean":
            return self.mean(body, labels)
        return self.extreme(over.function, body, masks, labels)

    def summed(self, body: Value, masks: list[Value], labels: list[Label]) -> Value:
        """Return the sum of a value over indices, where masks are not zero."""
        for mask in masks:
            body = ops.multiply(single(body), mask) if mask is not None else body
        body = single(body)
        return body.summed(labels)

    def mean(self, body: Value, labels: list[Label]) -> Value:
        """Return the mean of a value over indices."""
        if len(labels) == 1:
            made = ops.mean_over(body, labels[0])
            if made is not None:
                return made
        elif len(labels) == 2 and body.rows is None and body.cols is None and body.labels == set(labels):
            return ops.number_of(call("mean", piece_of(body).tree))
        found = self.summed(body, [], labels)
        for label in labels:
            found = ops.divide(found, ops.number_of(ops.counted(label)))
        return found

    def extreme(self, function: str, body: Value, masks: list[Value], labels: list[Label]) -> Value:
        """Return a product, or the largest or smallest of values, over indices: for each value of one around them."""
        piece = piece_of(body)
        if body.rows is not None or body.cols is not None or masks and function != "prod":
            raise Unliftable
        known = piece.labels.union(*(mask.labels for mask in masks))
        around = known - set(labels)
        if not set(labels) <= known or len(around) + len(labels) > 2:
            raise Unliftable
        rows, cols = [*around, *labels, None][:2]
        tree = piece.seen(rows, cols)
        for mask in masks:
            seen = piece_of(mask).seen(rows, cols)
            tree = Binary("+", Binary("*", seen, tree), Binary("-", number(1), seen))
        if not around:
            return ops.number_of(call(function, tree))
        return Value(terms=(Term(pieces=(Piece(call(function, tree, axis=1), rows, None),)),))

    def mask(self, condition: If, scope: dict[str, Index]) -> Value:
        """Return the matrix of ones and zeros of a condition between two indices; raises Unliftable."""
        names = key(condition.left), key(condition.right)
        if not set(names) <= set(scope) or names[0] == names[1]:
            raise Unliftable
        one, two = (scope[name] for name in names)
        if one.start != two.start or one.stop != two.stop:
            raise Unliftable
        tree = _mask(condition.op, one.label.extent)
        return Value(terms=(Term(pieces=(Piece(tree, one.label, two.label),)),))

    # -- what depends on indices ------------------------------------------------------------------------

    def value(self, root: Tree, scope: dict[str, Index]) -> Value:
        """Return the value of a tree under indices."""
        free = _dependence(root, scope)
        values: dict[int, Value] = {}

        def operands(node: Tree) -> tuple[Tree, ...]:
            if isinstance(node, Over) or not free[id(node)] or is_subscript(node) or ops.is_unit(node):
                return ()
            return children(node)

        for node in postorder(root, operands):
            values[id(node)] = self._value(node, values, free, scope)
        return values[id(root)]

    def _value(self, node: Tree, values: dict, free: dict, scope: dict[str, Index]) -> Value:
        if isinstance(node, String):
            return Value()
        if not free[id(node)]:
            return ops.constant(self.tree(node), self.kinds.get(id(node), "number"))
        if isinstance(node, Over):
            return self.over(node, scope)
        if isinstance(node, Negate):
            return values[id(node.operand)].scaled(Fraction(-1))
        if isinstance(node, Transpose):
            return values[id(node.operand)].turned()
        if is_subscript(node):
            return self.entry(node, scope)
        if ops.is_unit(node):
            return self.unit(node, scope)
        if isinstance(node, Binary):
            return self.binary(node, values, scope)
        if isinstance(node, Call):
            return self.call(node, values, free, scope)
        if isinstance(node, Name) and self.counting:
            return ops.places(scope[node.id].start.offset, scope[node.id].label)
        raise Unliftable  # the index itself, as a number: the sum keeps its loop

    def binary(self, node: Binary, values: dict, scope: dict[str, Index]) -> Value:
        """Return the value of an operator."""
        left, right = values[id(node.left)], values[id(node.right)]
        if node.op in ("+", "-"):
            return ops.add(left, right, 1 if node.op == "+" else -1)
        if node.op == "*":
            return ops.multiply(left, right)
        if node.op == "@":
            return ops.matrix_product(left, right)
        if node.op == "/":
            return ops.divide(left, self.guarded(node.right, right))
        exact = value_of(node.right)
        norm = node.left
        if exact == 2 and isinstance(norm, Call) and self._is_euclidean(norm):
            return ops.squares(values[id(norm.args[0])])
        if exact is None or exact <= 0 or exact.denominator > 1:
            left = self.guarded(node.left, left)
        return ops.power(left, right, exact)

    def _is_euclidean(self, node: Call) -> bool:
        """Return whether a call is the root of a sum of squares."""
        if node.function == "norm2":
            return True
        if node.function != "norm" or node.keywords:
            return False
        if len(node.args) == 1:
            return True
        second = node.args[1]
        if isinstance(second, String):
            return second.value == "fro"
        return value_of(second) == 2 and self.kinds[id(node.args[0])] != "matrix"

    def call(self, node: Call, values: dict, free: dict, scope: dict[str, Index]) -> Value:
        """Return the value of a call."""
        first = values[id(node.args[0])] if node.args else _fail()
        if self._is_euclidean(node):
            return self.distance(node.args[0], ops.squares(first), scope)
        if node.function in _REDUCTIONS and not node.keywords and len(node.args) <= 2:
            found = self.reduced(node, [values[id(arg)] for arg in node.args])
            if found is not None:
                return found
        rule = next(iter(self.book.overloads(node.function)), None)
        if rule is not None and rule.elementwise and not node.keywords:
            given = [values[id(arg)] for arg in node.args[: len(rule.params)]]
            rest = node.args[len(rule.params) :]
            if node.function in _GUARDED:
                given = [self.guarded(node.args[0], given[0]), *given[1:]]
            return ops.elementwise(given, lambda parts: Call(node.function, (*parts, *rest), (), node.span))
        if first.rows is None and first.cols is None and len(node.args) == 1 and not node.keywords:
            return first if node.function in _OF_A_NUMBER else _fail()
        vector = (first.rows is None) != (first.cols is None)
        if node.function in ops.ALONG and vector and len(node.args) == 1 and _is_whole(node, first):
            return ops.along(node.function, first)
        if node.function == "solve" and not free[id(node.args[0])]:
            return ops.solved(self.tree(node.args[0]), values[id(node.args[1])])
        raise Unliftable

    def reduced(self, node: Call, given: list[Value]) -> Value | None:
        """Return the value of a function that is a sum of products, None where it is none here."""
        function, first = node.function, given[0]
        if function == "dot" and len(given) == 2:
            return ops.entries_of(ops.multiply(first, given[1]))
        if function == "outer" and len(given) == 2:
            return ops.matrix_product(first, given[1].apart().turned())
        if len(given) != 1:
            return None
        if function == "sum":
            return ops.entries_of(first)
        if function in ("tr", "trace"):
            return ops.trace(first)
        if function == "diag":
            return ops.diagonal(first)
        if function == "norm1":
            return ops.entries_of(ops.elementwise([first], lambda parts: call("abs", *parts)))
        return None

    # -- entries ---------------------------------------------------------------------------------------

    def entry(self, node: Call, scope: dict[str, Index]) -> Value:
        """Return the value of an entry, a row or a column whose place is an index."""
        base, places = node.args[0], node.args[1:]
        if occurring(base) & set(scope) or node.function == MEMBER:
            raise Unliftable  # a matrix for each index has three axes
        tree, form = self.tree(base), node.function
        found = [self.place(place, scope) for place in places]
        if form == "[i, j]" and None not in found:
            return self.two(tree, base, found)
        moving = next(((axis, place) for axis, place in enumerate(found) if place is not None), None)
        if moving is None:
            raise Unliftable
        axis, (index, offset) = moving
        if form == "[i, j]":
            tree = Call("[i, :]" if axis == 1 else "[:, j]", (tree, places[1 - axis]))
            tree = self.extents.cut(tree, base, axis, index, offset, False)
            return Value(terms=(Term(pieces=(Piece(tree, *_at(axis, index.label)),)),))
        if form not in _PARTS:  # a slice that moves with an index
            raise Unliftable
        axis = 1 if form == "[:, j]" else 0
        is_column = form == "[i]"
        tree = self.extents.cut(tree, base, axis, index, offset, is_column)
        other = None if is_column else Label()
        rows, cols = (index.label, other) if axis == 0 else (other, index.label)
        return Value(None if axis == 0 else other, other if axis == 0 else None,
                     (Term(pieces=(Piece(tree, rows, cols),)),))

    def unit(self, node: Call, scope: dict[str, Index]) -> Value:
        """Return the value of e(i, n), where i runs over all of the n entries."""
        place, size = self.place(node.args[0], scope), bound_of(node.args[1])
        if place is None or size is None:
            raise Unliftable
        index, offset = place
        if (index.start.plus(offset), index.stop.plus(offset)) != (Bound("", 0), size):
            raise Unliftable
        return ops.unit(node.args[1], index.label)

    def two(self, tree: Tree, base: Tree, found: list) -> Value:
        """Return the value of an entry whose row and column are both indices."""
        for axis, (index, offset) in enumerate(found):
            tree = self.extents.cut(tree, base, axis, index, offset, False)
        rows, cols = (index.label for index, _ in found)
        if rows is cols:
            return Value(terms=(Term(pieces=(Piece(tree, rows, rows),)),))
        return Value(terms=(Term(pieces=(Piece(tree, rows, cols),)),))

    def place(self, tree: Tree, scope: dict[str, Index]) -> tuple[Index, int] | None:
        """Return the index of a place i + 1 and its offset, None for a place without one; raises Unliftable."""
        bound = bound_of(tree)
        if bound is not None and bound.name in scope:
            return scope[bound.name], bound.offset
        return _fail() if occurring(tree) & set(scope) else None

    def distance(self, node: Tree, squared: Value, scope: dict[str, Index]) -> Value:
        """Return the root of the sum of squares of a node; of x[i] - x[j] it is 0 where the indices are equal.

        There the root has no derivative, and that of a distance is taken as 0.
        """
        squared = self.guarded_value(squared, node)
        names = [index.name for index in scope.values() if index.label in squared.labels]
        if len(names) != 2 or id(node) in self.safe or not vanishes(node, *names):
            return ops.root(squared)
        one, two = (scope[name] for name in names)
        if (one.start, one.stop) != (two.start, two.stop):
            return ops.root(squared)
        piece = piece_of(squared)
        equal = Piece(call("eye", one.label.extent), one.label, two.label)
        moved = replace(piece, tree=Binary("+", piece.tree, equal.tree))
        unequal = Value.of(replace(equal, tree=Binary("-", number(1), equal.tree)))
        return ops.multiply(unequal, ops.root(Value.of(moved)))

    # -- values that have no meaning where two indices are equal ---------------------------------------

    def guarded(self, node: Tree, value: Value) -> Value:
        """Return a value that is moved away from a pole where two indices that must differ are equal."""
        return self.guarded_value(value, node)

    def guarded_value(self, value: Value, node: Tree) -> Value:
        """Return a value with 1 added where two indices are equal, if it would be zero there."""
        if not self.apart or any(id(part) in self.safe for part in postorder(node)):
            return value
        piece = piece_of(value)
        for pair, names in zip(self.apart, self.pairs):
            if piece.labels != set(pair):
                continue
            self.safe.add(id(node))
            equal = Piece(call("eye", pair[0].extent), *pair)
            if vanishes(node, *names):
                tree = Binary("+", piece.tree, equal.tree)
            else:
                tree = Binary("+", Binary("*", Binary("-", number(1), equal.tree), piece.tree), equal.tree)
            return Value(value.rows, value.cols, (Term(pieces=(replace(piece, tree=tree),)),))
        return value


_OF_A_NUMBER = frozenset({"tr", "trace", "det"})


def _fail() -> NoReturn:
    raise Unliftable


def _mentions(loop: For, other: For) -> bool:
    """Return whether the bounds of a loop have the index of another one."""
    return other.name in occurring(loop.start) | occurring(loop.stop)


def _at(axis: int, label: Label) -> tuple:
    return (label, None) if axis == 0 else (None, label)


def _dependence(root: Tree, scope: dict[str, Index]) -> dict[int, frozenset[str]]:
    """Return which of the indices of a scope every node depends on."""
    found: dict[int, frozenset[str]] = {}
    for node in postorder(root):
        own = frozenset({node.id} & set(scope)) if isinstance(node, Name) else frozenset()
        found[id(node)] = own.union(*(found[id(child)] for child in children(node)))
    return found


def _is_whole(node: Call, value: Value) -> bool:
    """Return whether a function of a vector goes along all of it, as softmax of a row does only by axis=1."""
    axis = next((value_of(part) for name, part in node.keywords if name == "axis"), None)
    if axis is None:
        return value.cols is None or node.function != "softmax"
    return axis == (0 if value.cols is None else 1)


def _mask(op: str, size: Tree) -> Tree:
    """Return the matrix that is 1 where a relation between row and column holds, and 0 elsewhere."""
    same = call("eye", size)
    if op in ("!=", "=="):
        return same if op == "==" else Binary("-", number(1), same)
    upper = call("triu", call("ones", size, size))
    tree = upper if op in ("<=", ">=") else Binary("-", upper, same)
    return tree if op in ("<", "<=") else Transpose(tree)
