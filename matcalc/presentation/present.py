"""Expression to surface tree, in the shortest of the forms that mean the same.

Every choice made here is one that the constructors undo, so that parsing the printed text gives the
expression back: transposes at the leaves or outside, a minus in front or inside a difference, ``mean`` for
``sum(X)/n``, ``norm(x)`` for the root of ``x.T@x``, ``X@X`` for ``matpow(X, 2)``, ``sigmoid(-x)`` for
``1 - sigmoid(x)``, quotients for negative powers.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import overload

from sympy import Expr

from ..algebra.blocks import Block
from ..algebra.constants import is_constant
from ..algebra.constructors import repeated, transpose
from ..algebra.expressions import (
    ONE,
    SELECT,
    STRIDE,
    Array,
    ArrayFunction,
    ArraySymbol,
    Constant,
    Diagonal,
    FrechetDerivative,
    Hadamard,
    Kronecker,
    MatMul,
    MatrixPower,
    Power,
    Scale,
    Sum,
    Transpose,
    Vec,
    coefficient,
    is_array,
)
from ..algebra.indexed import IndexedSum
from ..algebra.registry import handles
from ..budget import spend
from ..errors import ConversionError
from ..language.syntax import Binary, Number, Tree, length
from .forms import (
    AGAINST_THE_TEXT,
    MINUS_A_NUMBER,
    Chains,
    Form,
    axis_mean,
    call,
    call_rule,
    in_each_form,
    indexed,
    is_negative,
    named,
    negated,
    quotient,
    signed_sum,
    size_tree,
    starts_with_one,
    turned,
)
from .functions import FunctionForms
from .order import Ranks
from .scalars import ScalarForms, positive_first
from .selections import SelectionForms

# beyond all floats the length of what is shared a thousand levels deep is infinite
_LONGEST = 1e300


class Presenter(FunctionForms, SelectionForms, ScalarForms, Ranks):
    """Makes the surface trees of expressions; one presenter remembers all forms it has made.

    ``order`` maps a name to its place in the user's text. ``sums`` maps a sum to (sign, terms): the terms in
    the order in which the user wrote them, and whether the sum or its negative was written.
    ``prefer_norm`` writes norm(x)**2 rather than x.T@x. ``priced``: what is wanted is the length of forms alone, which
    the order of the terms of sums does not change. ``last`` are names that stand last in a product, such as the
    differentials in the steps of an answer.
    """

    def __init__(
        self,
        order: dict | None = None,
        sums: dict | None = None,
        prefer_norm: bool = False,
        last: Set = frozenset(),
        priced: bool = False,
    ) -> None:
        super().__init__(order, last, sums, priced)
        self.prefer_norm = prefer_norm
        self.forms = {}
        self._made = {}  # of a node whose transpose has no form yet: what its form was chosen from
        self._ready: set[Expr] = set()  # what all forms of these need is made
        self._upright: set[Expr] = set()  # what the forms of these need that are not transposed
        self._terms_made = {}  # of a term of a sum: it is in all sums that the search for common factors makes
        self._chains: Chains = {}
        self._primitive: dict[Expr, bool] = {}  # of a scalar: whether its sums have no number in common
        self._fractions = {}  # of a scalar factor: it is that of many terms, and of one in each of its forms
        # of how many operands forms were made
        self.operands = 0

    def tree(self, node: Expr) -> Tree:
        """Return the surface tree of an expression."""
        return self.form(node).tree

    def cost(self, node: Expr) -> int:
        """Return the length of an expression's shortest form."""
        return int(min(self.form(node).cost, _LONGEST))

    @overload
    def form(self, node: Expr, flip: bool = False) -> Form: ...

    @overload
    def form(self, node: Expr, flip: bool, negative: bool) -> Form | None: ...

    def form(self, node: Expr, flip: bool = False, negative: bool = False) -> Form | None:
        """Return the shortest form of an expression.

        ``flip``: of its transpose. ``negative``: of its negative with no leading minus; None where there is none.
        """
        if negative and isinstance(node, Array) and not node.signed:
            return None
        wanted = (node, flip, negative)
        forms = self.forms
        if wanted in forms:
            return forms[wanted]
        stack = [wanted]
        while stack:
            item = stack[-1]
            if item in forms:
                stack.pop()
                continue
            top = item[0]
            ready = self._upright if not item[1] and _is_upright(top) else self._ready
            if top not in ready and not isinstance(top, (ArraySymbol, Constant)):
                missing = [need for need in self._needs(*item) if need not in forms]
                if missing:
                    stack.extend(missing)
                    continue
                if not isinstance(top, Transpose):
                    ready.add(top)
            stack.pop()
            spend(2)
            self.operands += 1 + len(item[0].args)
            forms[item] = self._make(*item)
        return forms[wanted]

    def _needs(self, node: Expr, flip: bool, negative: bool) -> list[tuple[Expr, bool, bool]]:
        if not is_array(node):
            return self.scalar_children(node)
        if isinstance(node, Transpose):
            return [(node.args[0], not flip, negative)]
        if isinstance(node, Sum):
            children, needs = [a.args[1] if isinstance(a, Scale) else a for a in node.args], []
        else:
            children = [arg for arg in node.args if isinstance(arg, Array)]
            scalars = [arg for arg in node.args if not isinstance(arg, Array)] if len(children) < len(node.args) else ()
            needs = [(arg, False, False) for arg in scalars if not arg.is_Rational]
        inner = [repeated(child) for child in children if isinstance(child, MatMul)]
        children += [pair[0] for pair in inner if pair]
        return in_each_form(children, (False,) if not flip and _is_upright(node) else (False, True)) + needs

    def _make(self, node: Expr, flip: bool, negative: bool) -> Form | None:
        if not isinstance(node, Array):
            return self.scalar(node, negative)
        if isinstance(node, Transpose):
            return self.forms[node.args[0], not flip, negative]
        if isinstance(node, (Constant, ArraySymbol)):
            if is_constant(node, SELECT) or is_constant(node, STRIDE):
                return None if negative else self.selector(node, flip)
            return None if negative else self._leaf(node, flip)
        maker = _MAKERS.get(type(node))
        if maker is None:
            raise ConversionError(f"{type(node).__name__} has no form in the language")
        return maker(self, node, flip, negative)

    def _either(self, node: Array, flip: bool, negative: bool, plain: Callable, leaves: bool = False) -> Form | None:
        """Return the shorter of plain(flip) and the transpose of plain(not flip), or None where neither is.

        ``leaves``: of two equally long forms, the one with the transposes at the leaves. Both are what the form of
        the node's transpose chooses from, too, and are made once. Without a transpose in it, none is needed around it.
        """
        if not flip and _is_upright(node):
            return plain(False)
        made = self._made.pop((node, negative), None)
        if made is None:
            made = plain(False), plain(True)
            self._made[node, negative] = made
        direct, other = made[::-1] if flip else made
        if direct is None or other is None:
            return direct if other is None else turned(other)
        if not flip or leaves:
            return direct if direct.cost <= other.cost + 1 else turned(other)
        return direct if direct.cost < other.cost + 1 else turned(other)

    # -- leaves ---------------------------------------------------------------------------------

    def _leaf(self, node: Array, flip: bool) -> Form:
        if isinstance(node, ArraySymbol):
            form = named(node.name)
            return turned(form) if flip and transpose(node) is not node else form
        dims = node.dims
        if node.name in ("e", "dup", "elim"):
            form = call(node.name, *map(self._size, dims))
            return turned(form) if flip else form
        if flip and node.name in ("ones", "zeros", "comm"):
            dims = (dims[1], dims[0])
        if node.name in ("ones", "zeros") and dims[1] == 1:
            dims = dims[:1]
        return call(node.name, *[self._size(d) for d in dims])

    def _size(self, size: Expr) -> Form:
        """Return the form of a dimension; squares are products, since a size has no powers in the language."""
        return Form(size_tree(size), length(size_tree(size)))

    # -- products ----------------------------------------------------------------------------------

    def forms_of(self, node: Array, flip: bool) -> tuple[Form, Form | None]:
        """Return the pair of the forms of X and -X (or None) of an array, transposed where ``flip``."""
        return self.form(node, flip), self.form(node, flip, True)

    def _signed_factors(self, pairs, negative):
        """Choose X or -X for every factor so that the signs multiply to plus (or minus) at least length."""
        if all(opposite is None for _, opposite in pairs):
            return None if negative else [plain for plain, _ in pairs]
        best = {0: (0, ()), 1: None}
        for plain, opposite in pairs:
            extended = {}
            for parity in (0, 1):
                options = []
                for form, before in ((plain, parity), (opposite, 1 - parity)):
                    if form is not None and best[before] is not None:
                        options.append((best[before][0] + form.cost, (best[before], form)))
                extended[parity] = min(options, key=lambda option: option[0]) if options else None
            best = extended
        chosen = best[1 if negative else 0]
        forms = []
        while chosen is not None and chosen[1]:
            chosen, form = chosen[1]
            forms.append(form)
        return forms[::-1] if forms else None

    def _matmul(self, node: Array, flip: bool, negative: bool) -> Form | None:
        def plain(turn: bool) -> Form | None:
            items = [(f, turn) for f in (reversed(node.args) if turn else node.args)]
            return self.chain(items, negative)

        return self._either(node, flip, negative, plain, leaves=True)

    def _kronecker(self, node: Kronecker, flip: bool, negative: bool) -> Form | None:
        def plain(turn: bool) -> Form | None:
            forms = self._signed_factors([self.forms_of(f, turn) for f in node.args], negative)
            if forms is None:
                return None
            form = forms[0]
            for part in forms[1:]:
                form = call("kron", form, part)
            return form

        return self._either(node, flip, negative, plain)

    def _hadamard(self, node: Hadamard, flip: bool, negative: bool) -> Form | None:
        def plain(turn: bool) -> Form | None:
            parts = sorted(node.args, key=lambda p: (self.rank(p)[0], not _is_plain(p), self.rank(p), self.tie(p)))
            spend(len(parts))
            pairs, below = [], []
            for part in parts:
                inner = repeated(part)
                part = inner[0] if inner else part
                down = isinstance(part, Power) and not is_array(part.args[1]) and is_negative(part.args[1])
                below.append(down)
                pairs.append(self._power_pair(part, turn) if down else self.forms_of(part, turn))
            forms = self._signed_factors(pairs, negative)
            return None if forms is None else quotient(_fractions_first(forms, below), below)

        return self._either(node, flip, negative, plain)

    def _power_pair(self, node: Power, turn: bool) -> tuple[Form, Form | None]:
        """Return the forms of X**k and -X**k for a factor X**-k that is written below the line."""
        base, exponent = node.args[0], -node.args[1]
        plain = self._raised(self.form(base, turn), exponent)
        opposite = self.form(base, turn, True) if exponent.is_odd else None
        return plain, opposite and self._raised(opposite, exponent)

    def _indexed(self, node: IndexedSum, flip: bool, negative: bool) -> Form | None:
        """Return the form of a sum over an index, whose term takes up a transpose or a sign."""
        body = self.form(node.args[0], flip, negative)
        return None if body is None else indexed(body, node.loop)

    # -- sums and scaling ------------------------------------------------------------------------------

    def _scale(self, node: Array, flip: bool, negative: bool) -> Form | None:
        scalar, array = node.args
        if negative:
            if not is_negative(scalar):
                opposite = self.form(array, flip, True)
                return opposite and self.with_factor(scalar, opposite)
            scalar = -scalar
        mean = axis_mean(scalar, array)
        if mean is None:
            return self._scaled(scalar, array, flip) if scalar != 1 else self.form(array, flip)
        rest, inner, axis = mean
        body = call("mean", self.form(inner, flip), axis=1 - axis if flip else axis)
        return self.with_factor(rest, body)

    def _scaled(self, scalar: Expr, array: Array, flip: bool) -> Form:
        """Return the form of scalar*X, a rational number multiplied into the terms of a sum where that is shorter."""
        form = self.with_factor(scalar, *self.forms_of(array, flip))
        if isinstance(array, Sum) and scalar.is_Rational:
            inside = self._terms(array, flip, False, scalar)
            return inside if inside is not None and inside.cost < form.cost else form
        return form

    def _sum(self, node: Array, flip: bool, negative: bool) -> Form | None:
        form = self._either(node, flip, negative, lambda turn: self._terms(node, turn, negative))
        given = self.sums.get(node)
        if form is not None and given is not None and (given[0] == -1) != negative:
            return Form(form.tree, form.cost + AGAINST_THE_TEXT)
        if form is not None and given is None and _less_a_number(form.tree):
            return Form(form.tree, form.cost + MINUS_A_NUMBER)
        return form

    def _terms(self, node: Array, flip: bool, negative: bool, factor: Expr = ONE) -> Form | None:
        """Return the form of factor*sum, or of its negative with no leading minus (or None)."""
        sign = -factor if negative else factor
        complement = self._complement(node, flip, sign)
        if complement is not None:
            return complement
        parts = self.ordered(node)
        spend(len(parts))
        items = [self._signed_term(part, sign, flip, False) for part in parts]
        if all(minus for minus, _ in items):
            items = [self._signed_term(part, sign, flip, True) for part in parts]
            if negative and all(minus for minus, _ in items):
                return None
        return signed_sum(positive_first(items, lambda item: item[0]), self._chains)

    def _signed_term(self, part: Array, sign: Expr, flip: bool, eager: bool) -> tuple[bool, Form]:
        """Return (negative, form) of a term of a sum.

        A difference in the term takes up its minus where that is shorter, or, where ``eager``, not longer.
        """
        wanted = (part, sign is not ONE and sign, flip, eager)
        found = self._terms_made.get(wanted)
        if found is None:
            found = self._terms_made[wanted] = self._made_term(part, sign, flip, eager)
        return found

    def _made_term(self, part: Array, sign: Expr, flip: bool, eager: bool) -> tuple[bool, Form]:
        scalar, array = coefficient(part)
        scalar = sign if scalar is ONE else scalar if sign is ONE else sign * scalar
        if not is_negative(scalar):
            return False, self._term(scalar, array, flip)
        form = self._term(-scalar, array, flip)
        if repeated(array) or is_constant(array, "ones") or axis_mean(scalar, array):
            return True, form
        opposite = self.form(array, flip, True)
        if opposite is None:
            return True, form
        turned_term = opposite if scalar == -1 else self.with_factor(-scalar, opposite)
        shorter = turned_term.cost < form.cost + (1 if eager else 0)
        return (False, turned_term) if shorter else (True, form)

    def _complement(self, node: Array, flip: bool, sign: Expr) -> Form | None:
        """1 - sigmoid(X) as sigmoid(-X)."""
        if len(node.args) != 2 or not any([is_constant(coefficient(a)[1], "ones") for a in node.args]):
            return None
        factors = {coefficient(a)[1]: sign * coefficient(a)[0] for a in node.args}
        (one, other) = sorted(factors, key=lambda a: not is_constant(a, "ones"))
        base = other.args[0] if isinstance(other, Transpose) else other
        complementary = isinstance(base, ArrayFunction) and base.rule.parity == "complement"
        if not complementary or not is_constant(one, "ones") or factors[one] != 1 or factors[other] != -1:
            return None
        plain, opposite = self.forms_of(base.args[0], flip != isinstance(other, Transpose))
        return call_rule(base.rule, [opposite or negated(plain)])

    def _term(self, factor: Expr, array: Array, flip: bool) -> Form:
        """Return the form of a positive term of a sum; what is repeated is left to broadcasting."""
        if is_constant(array, "ones"):
            return self.form(factor)
        inner = repeated(array)
        array = inner[0] if inner else array
        if factor is ONE:
            return self.form(array, flip)
        mean = axis_mean(factor, array)
        if mean is not None:
            rest, summed, axis = mean
            return self.with_factor(rest, call("mean", self.form(summed, flip), axis=1 - axis if flip else axis))
        return self.with_factor(factor, self.form(array, flip))


def _is_upright(node: Expr) -> bool:
    """Return whether no transpose is in an array, so that to transpose its parts makes it longer."""
    return isinstance(node, Array) and not node.transposes and not isinstance(node, Block)


def _less_a_number(tree):
    """Return whether a sum is written as X - 1; of two equally long forms 1 - X is the usual one."""
    short = isinstance(tree, Binary) and tree.op == "-" and isinstance(tree.right, Number)
    return short and not (isinstance(tree.left, Binary) and tree.left.op in "+-")


def _is_plain(node: Array) -> bool:
    """Return whether the factor is written as a name, which stands before compound factors: y*(X@w)."""
    inner = repeated(node)
    node = inner[0] if inner else node
    return isinstance(node.args[0] if isinstance(node, Transpose) else node, ArraySymbol)


def _fractions_first(forms: list[Form], below: list[bool]) -> list[Form]:
    """Return the factors with those of the form 1/X, which take up a factor in front, moved to the beginning."""
    top = sorted((f for f, down in zip(forms, below) if not down), key=lambda form: not starts_with_one(form))
    remaining = iter(top)
    return [form if down else next(remaining) for form, down in zip(forms, below)]


_MAKERS = {
    MatMul: Presenter._matmul,
    Block: Presenter._block,
    Scale: Presenter._scale,
    Sum: Presenter._sum,
    Hadamard: Presenter._hadamard,
    Power: Presenter._power,
    MatrixPower: Presenter._matrix_power,
    Kronecker: Presenter._kronecker,
    ArrayFunction: Presenter._function,
    Diagonal: Presenter._diagonal,
    Vec: Presenter._vec,
    FrechetDerivative: Presenter._frechet,
    IndexedSum: Presenter._indexed,
}
handles("present", _MAKERS, "ArraySymbol Constant Transpose ScalarFunction InnerProduct Trace IndexedTotal")


def present(node, order=None, sums=None, prefer_norm=False):
    """Return the surface tree of an expression; see :class:`Presenter`."""
    return Presenter(order, sums, prefer_norm).tree(node)


__all__ = ["Presenter", "length", "present"]
