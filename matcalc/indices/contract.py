"""Terms in canonical form: products written out, deltas contracted, summed indices ordered, like terms added.

A delta with a summed index is contracted: sum(delta[i,k]*A[k,j] for k in n) is A[i,j]. Deltas between indices of the
answer stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sympy import Add, Expr, Integer, Mul

from ..algebra.build import apply
from ..algebra.constants import eye, is_constant, scalar_power
from ..algebra.constructors import power
from ..algebra.expressions import (
    ONE,
    SELECT,
    STRIDE,
    ArrayFunction,
    ArraySymbol,
    Constant,
    Diagonal,
    Hadamard,
    InnerProduct,
    Kronecker,
    MatMul,
    Power,
    Scale,
    Sum,
    Trace,
    Transpose,
    Vec,
    is_array,
    postorder,
)
from ..algebra.products import matmul
from ..algebra.strides import Stride, stride_of
from ..budget import spend
from ..calculus.identify import jacobian_of
from ..errors import LimitError
from .entries import MAX_TERMS
from .ordered import ordered
from .terms import Factor, Group, Index, Letter, Moved, Place, Splits, Term, axes_of, axis, base, moved, traced

if TYPE_CHECKING:
    from ..rulebook.entries import Book

# what looking at one factor of a term takes, in units of work
_STEPS = 5
# what keeps a matrix from being products of deltas alone
_NAMED = (ArraySymbol, ArrayFunction)
_MADE_OF = (MatMul, Hadamard, Scale, Kronecker, Transpose)


class Contraction:
    """Brings terms into canonical form.

    ``splits`` are the indices that have been split, ``fixed`` the names of those that are summed over around the terms.
    """

    def __init__(self, splits: Splits, book: Book, fixed: Mapping[Letter, str] | None = None) -> None:
        self.splits, self.book, self.fixed = splits, book, fixed or {}

    def canonical(self, terms: Sequence[Term]) -> list[Term]:
        """Return the terms in canonical form, like terms collected, in the order in which they first appear."""
        waiting, done = list(reversed(terms)), []
        while waiting:
            term = waiting.pop()
            spend(_STEPS * (1 + len(term.factors)))
            parts = self._opened(term)
            if parts is None:
                contracted = self._contracted(term)
                parts = self._opened(contracted) if contracted is not None else []
                if contracted is not None and parts is None:
                    done.append(contracted)
            if parts is None:
                continue
            waiting.extend(reversed(parts))
            if len(waiting) + len(done) > MAX_TERMS:
                raise LimitError(f"the index form has more than {MAX_TERMS} terms", hint="take a lower order")
        collected: dict[tuple, list[Term]] = {}
        for term in done:
            key, sorted_term = ordered(term, self.fixed)
            collected.setdefault(key, []).append(sorted_term)
        found = []
        for same in collected.values():
            coefficient = Add(*[term.coefficient for term in same])
            if coefficient != 0:
                found.append(Term(coefficient, same[0].factors, same[0].deltas, same[0].bound))
        return found

    # -- products are written out ---------------------------------------------------------------------------------

    def _opened(self, term: Term) -> list[Term] | None:
        """Return the terms that a term is with one factor taken apart, None where nothing is left to take apart."""
        for number, scalar in enumerate(Mul.make_args(term.coefficient)):
            if isinstance(scalar, (InnerProduct, Trace)) and not _is_entry(scalar):
                others = [arg for place, arg in enumerate(Mul.make_args(term.coefficient)) if place != number]
                rest = Term(Mul(*others), term.factors, term.deltas, term.bound)
                return [rest.times(part) for part in _scalar_parts(scalar)]
        for number, factor in enumerate(term.factors):
            alone = len(term.factors) == 1
            parts = self._parts(factor, alone)
            if parts is not None:
                rest = Term(term.coefficient, term.factors[:number], term.deltas, term.bound)
                after = Term(ONE, term.factors[number + 1 :])
                return [rest.times(part).times(after) for part in parts]
        return None

    def _parts(self, factor: Factor, alone: bool) -> list[Term] | None:
        opener = _OPENERS.get(type(factor.node))
        return None if opener is None or factor.delta else opener(self, factor, alone)

    # -- deltas are contracted ----------------------------------------------------------------------------------------

    def _contracted(self, term: Term) -> Term | None:
        """Return a term without deltas of summed indices; None where it is 0."""
        pairs: list[tuple[Letter, Letter]] = []
        deltas = (*term.deltas, *[(factor.rows, factor.cols) for factor in term.factors if factor.delta])
        count = -1
        while count != len(self.splits.parts):  # aligning two groups may split an index of another
            count = len(self.splits.parts)
            pairs = [pair for left, right in deltas for pair in self.splits.aligned(left, right)]
        bound = {letter for index in term.bound for letter in self.splits.resolved((index,))}
        equal = _Equal(bound)
        try:
            equal.take(pairs)
        except _Never:
            return None

        def renamed(group: Group) -> Group:
            return tuple(map(equal.found, self.splits.resolved(group)))

        factors = [Factor(f.node, renamed(f.rows), renamed(f.cols)) for f in term.factors if not f.delta]
        factors = [*_with_powers(factors), *equal.open_deltas()]
        used = {base(letter) for f in factors for letter in (*f.rows, *f.cols)}
        left_over = [index for index in bound if index not in equal.moved]
        sizes = [index.size for index in left_over if index not in used and isinstance(index, Index)]
        inner = tuple(index for index in left_over if index in used and isinstance(index, Index))
        return Term(Mul(term.coefficient, *sizes), tuple(factors), _chain(equal.kept, equal.found), inner)


class _Never(Exception):
    """Two places that are never equal."""


class _Equal:
    """Which letters are equal where a product of deltas is not 0; ``bound`` are those that are summed over."""

    def __init__(self, bound: set[Letter]) -> None:
        self.bound = bound
        self.moved: dict[Letter, Letter] = {}
        self.kept: list[Letter] = []
        self.open: list[tuple[Letter, Letter]] = []

    def found(self, letter: Letter) -> Letter:
        """Return what a letter is equal to."""
        if isinstance(letter, Moved):
            inner = self.found(letter.index)
            return letter if inner is letter.index else letter.on(inner)
        while letter in self.moved:
            letter = self.moved[letter]
        return self.found(letter) if isinstance(letter, Moved) else letter

    def take(self, pairs: Sequence[tuple[Letter, Letter]]) -> None:
        """Let the letters of pairs be equal; raises _Never for places that are not."""
        while pairs:
            known = len(self.moved)
            self.open = []
            for left, right in pairs:
                self._pair(self.found(left), self.found(right))
            # what a slice takes may be known once its index is
            pairs = self.open if len(self.moved) > known else []

    def _pair(self, one: Letter, other: Letter) -> None:
        if one == other:
            return
        if isinstance(one, int) and isinstance(other, int):
            raise _Never
        for left, right in ((one, other), (other, one)):
            if left in self.bound and base(right) is not left:
                self.moved[left] = right
                return
        if isinstance(one, Moved) or isinstance(other, Moved):
            self._moved_pair(*((one, other) if isinstance(one, Moved) else (other, one)))
            return
        first, second = sorted((one, other), key=_place)
        self.moved[second] = first
        self.kept.append(second)

    def _moved_pair(self, one: Moved, other: Letter) -> None:
        index = one.index
        if isinstance(other, Moved) and (one.start, one.step) == (other.start, other.step):
            self._pair(index, other.index)
        elif isinstance(other, int):
            number = Stride(one.start, one.step, index.size, one.size).place_of(Integer(int(other)))
            if number == -1:
                raise _Never
            if number is not None and number.is_Integer:
                self._pair(index, Place(number, index.size))
            else:
                self.open.append((one, other))
        else:
            self.open.append((one, other))

    def open_deltas(self) -> list[Factor]:
        """Return the deltas of moved letters."""
        pairs = dict.fromkeys((self.found(other), self.found(one)) for one, other in self.open)
        return [Factor(eye(one.size), (one,), (other,), True) for one, other in pairs]


def _with_powers(factors: Sequence[Factor]) -> list[Factor]:
    """Return factors with those that occur several times as powers: y[l]**2 for y[l]*y[l]."""
    counts: dict[tuple, int] = {}
    for factor in factors:
        key = (factor.node, factor.rows, factor.cols)
        counts[key] = counts.get(key, 0) + 1
    return [Factor(power(n, Integer(count)) if count > 1 else n, *axes) for (n, *axes), count in counts.items()]


def _place(letter: Letter) -> tuple[int, ...]:
    """Order fixed places first, then indices by the axes of the answer."""
    if isinstance(letter, int):
        return -1, letter
    inner = base(letter)
    return isinstance(inner, Index) and inner.place or (10**6,)


def _chain(kept: list[Letter], found) -> tuple[tuple[Group, Group], ...]:
    """Return the deltas between indices of the answer, each index with the one before it: delta[i,j]*delta[j,k]."""
    classes: dict[Letter, list[Letter]] = {}
    for letter in kept:
        first = found(letter)
        classes.setdefault(first, [first]).append(letter)
    chains = []
    for letters in classes.values():
        ordered = sorted(dict.fromkeys(letters), key=_place)
        chains += [((one,), (other,)) for one, other in zip(ordered, ordered[1:])]
    return tuple(sorted(chains, key=lambda pair: (_place(pair[0][0]), _place(pair[1][0]))))


def _is_entry(node: Expr) -> bool:
    """Return whether a product is an entry, a row or a column at a place that has a name: X[i, j], X[i, :]."""
    return len(node.args) > 1 and len(_with_places(node.args)) == 1


def _with_places(nodes: Sequence[Expr]) -> list[Expr]:
    """Return the factors of a chain, each with the unit columns beside it whose places are names: X[:, i]."""
    found: list[Expr] = []
    waiting: Expr | None = None  # the transpose of a unit column, which takes a row of what follows
    for node in nodes:
        taken = node if waiting is None else matmul(waiting, node)
        waiting = None
        if isinstance(node, Transpose) and _is_named_place(node.args[0]):
            waiting = node
        elif _is_named_place(node) and found and not _is_named_place(found[-1]):
            found[-1] = matmul(found[-1], node)
        else:
            found.append(taken)
    return found if waiting is None else [*found, waiting]


def _is_named_place(node: Expr) -> bool:
    return is_constant(node, "e") and not node.dims[0].is_Integer


def _scalar_parts(scalar: Expr) -> list[Term]:
    if isinstance(scalar, Trace):
        index = Index(scalar.args[0].rows)
        return [Term(ONE, (Factor(scalar.args[0], (index,), (index,)),), (), (index,))]
    return [_chained(scalar.args, (), ())]


def _chained(nodes: Sequence[Expr], rows: Group, cols: Group) -> Term:
    nodes = _with_places(nodes)
    if any(not is_array(node) for node in nodes):
        scalars = [node for node in nodes if not is_array(node)]
        arrays = [node for node in nodes if is_array(node)]
        return Term(Mul(*scalars)).times(_chained(arrays, rows, cols)) if arrays else Term(Mul(*scalars))
    inner = [axis(node.cols) for node in nodes[:-1]]
    bound = tuple(index for group in inner for index in group if isinstance(index, Index))
    factors = [Factor(*place) for place in zip(nodes, [rows, *inner], [*inner, cols])]
    return Term(ONE, tuple(factors), (), bound)


def _open_constant(self: Contraction, factor: Factor, alone: bool) -> list[Term] | None:
    node, rows, cols = factor.node, factor.rows, factor.cols
    if node.name == "eye":
        return [Term(deltas=((rows, cols),))]
    if node.name in ("ones", "zeros"):
        return [Term()] if node.name == "ones" else []
    resolved = self.splits.resolved(rows)
    known = len(resolved) == 1 or all(letter.size.is_Integer for letter in resolved)
    if node.name == "e" and node.dims[0].is_Integer and known:
        return [Term(deltas=((rows, (Place(node.dims[0], node.rows),)),))]
    stride = stride_of(node) if node.name in (SELECT, STRIDE) and self.splits.slices else None
    if stride is not None:
        letters = self.splits.resolved(cols)
        if len(letters) == len(self.splits.resolved(rows)) == 1:
            return [Term(deltas=((rows, (moved(letters[0], stride.start, stride.step, stride.size),)),))]
    if node.name == "comm" and self.splits.fits(rows, node.dims) and self.splits.fits(cols, node.dims[::-1]):
        (p, q), (s, r) = self.splits.split(rows, node.dims), self.splits.split(cols, node.dims[::-1])
        return [Term(deltas=((p, r), (q, s)))]
    return None


def _open_sum(self: Contraction, factor: Factor, alone: bool) -> list[Term] | None:
    """A sum is taken apart where it is a term of its own, or where a delta is among its terms."""
    if not alone and not any(_has_delta(part) for part in factor.node.args):
        return None
    return [Term(ONE, (Factor(part, factor.rows, factor.cols),)) for part in factor.node.args]


def _has_delta(node: Expr) -> bool:
    while isinstance(node, (Scale, Transpose)):
        node = node.args[-1]
    if isinstance(node, Constant):
        return node.name in ("eye", "e", "comm")
    product = isinstance(node, (MatMul, Hadamard, Kronecker))
    return isinstance(node, Diagonal) or product and any(map(_has_delta, node.args))


def _open_kronecker(self: Contraction, factor: Factor, alone: bool) -> list[Term] | None:
    nodes, sizes = factor.node.args, ([a.rows for a in factor.node.args], [a.cols for a in factor.node.args])
    if not self.splits.fits(factor.rows, sizes[0]) or not self.splits.fits(factor.cols, sizes[1]):
        return None
    rows, cols = (self.splits.split(group, size) for group, size in zip((factor.rows, factor.cols), sizes))
    return [Term(ONE, tuple(Factor(*place) for place in zip(nodes, rows, cols)))]


def _open_vec(self: Contraction, factor: Factor, alone: bool) -> list[Term] | None:
    (inner,) = factor.node.args
    if not self.splits.fits(factor.rows, (inner.cols, inner.rows)):
        return None
    right, left = self.splits.split(factor.rows, (inner.cols, inner.rows))
    return [Term(ONE, (Factor(inner, left, right),))]


def _open_function(self: Contraction, factor: Factor, alone: bool) -> list[Term] | None:
    """A linear function whose matrix is made of constants, such as diag(X): X[i,i]."""
    node = factor.node
    rule = node.rule
    if rule.elementwise:
        numbers = _numbers_on_diagonal(self, factor)
        return None if numbers is None else [Term(apply(rule, *numbers))]
    if rule.name == "ptrace":
        index, rows, cols = traced(node, factor.rows, factor.cols)
        return [Term(ONE, (Factor(node.args[0], rows, cols),), (), (index,))]
    if len(node.args) != 1 or not rule.linear or not rule.jacobians:
        return None
    matrix = jacobian_of(rule, rule.params[0].name, node.args, self.book)
    if any(isinstance(part, _NAMED) or is_constant(part, "comm") for part in postorder(matrix)):
        return None
    above, below = axes_of(node.args[0])
    inner = tuple(index for index in (*below, *above) if isinstance(index, Index))
    outer = Factor(matrix, (*factor.cols, *factor.rows), inner)
    return [Term(ONE, (outer, Factor(node.args[0], above, below)), (), inner)]


def _open_power(self: Contraction, factor: Factor, alone: bool) -> list[Term] | None:
    numbers = _numbers_on_diagonal(self, factor)
    return None if numbers is None or numbers[0] == 0 else [Term(scalar_power(*numbers))]


def _numbers_on_diagonal(self: Contraction, factor: Factor) -> list[Expr] | None:
    """Return what the arguments of a function entry by entry are on the diagonal where all are numbers, else None.

    There x - x.T + eye(n) is 1.
    """
    if not factor.rows or factor.rows != factor.cols:
        return None
    found: list[Expr] = []
    for arg in factor.node.args:
        term = Term(factors=(Factor(arg, factor.rows, factor.cols),)) if is_array(arg) else Term(arg)
        terms = self.canonical([term])
        if any(term.factors or term.deltas or not term.coefficient.is_number for term in terms):
            return None
        found.append(Add(*[term.coefficient for term in terms]))
    return found


_OPENERS = {
    Power: _open_power,
    Constant: _open_constant,
    Sum: _open_sum,
    Scale: lambda self, f, alone: [Term(f.node.args[0], (Factor(f.node.args[1], f.rows, f.cols),))],
    MatMul: lambda self, f, alone: None if _is_entry(f.node) else [_chained(f.node.args, f.rows, f.cols)],
    Hadamard: lambda self, f, alone: [Term(ONE, tuple(Factor(a, f.rows, f.cols) for a in f.node.args))],
    Transpose: lambda self, f, alone: [Term(ONE, (Factor(f.node.args[0], f.cols, f.rows),))],
    Diagonal: lambda self, f, alone: [Term(ONE, (Factor(f.node.args[0], f.rows),), ((f.rows, f.cols),))],
    Kronecker: _open_kronecker,
    Vec: _open_vec,
    ArrayFunction: _open_function,
}
