"""The expression classes: SymPy objects of our own, interned and shape-checked by construction.


An array is a subclass of :class:`Array` (a SymPy ``MatrixExpr``) whose shape is known; a scalar is any
SymPy ``Expr``, in which scalar functions of arrays stand as leaves (:class:`ScalarNode`). Equal
expressions are identical, so comparison and hashing never walk a tree. The classes hold structure
only; the constructors that bring expressions into canonical form are in ``constructors``.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from typing import TYPE_CHECKING, NoReturn, Self, TypeAlias

from sympy import Basic, Expr, Integer, S, Symbol
from sympy.core.symbol import Str
from sympy.matrices.expressions.matexpr import MatrixExpr

from ..budget import spend
from ..rulebook.facts import hollow, implying
from .complexes import let_be_complex, may_be_complex
from .interning import Interned, intern
from .keys import Key, in_order, sort_key

if TYPE_CHECKING:
    from ..rulebook.entries import Rule

ONE = S.One
ZERO = S.Zero
Shape = tuple[Expr, Expr]
Size: TypeAlias = int | str | Expr
_scalar_keys: dict = {}
_SCALAR_KEYS_KEPT = 20_000
# the names of the constants that select: places one after the other, and places with a step
SELECT, STRIDE = "select", "stride"


def dimension(value: Size) -> Expr:
    """Return a dimension as a SymPy integer or positive integer symbol; ``value``: int, name or SymPy."""
    if isinstance(value, str):
        return Integer(int(value)) if value.isdigit() else Symbol(value, integer=True, positive=True)
    return Integer(value) if isinstance(value, int) else value


def key_of(node: Expr) -> Key:
    """Return the key that orders expressions, the same in every process and on every path to them."""
    if isinstance(node, (Array, ScalarNode)):
        return node.key
    global _scalar_keys
    if len(_scalar_keys) > _SCALAR_KEYS_KEPT:
        _scalar_keys = {}
    keys = _scalar_keys  # another thread may begin anew meanwhile
    if node in keys:
        return keys[node]
    stack = [node]
    while stack:
        item = stack[-1]
        missing = [a for a in item.args if not isinstance(a, (Array, ScalarNode)) and a not in keys]
        if missing and item not in keys:
            stack.extend(missing)
            continue
        stack.pop()
        if isinstance(item, Symbol):
            keys[item] = Key.of_name("size" if item.is_integer else "scalar", item.name)
        elif not item.args:
            keys[item] = Key.of_atom(f"{item}".zfill(9))
        else:
            parts = [a.key if isinstance(a, (Array, ScalarNode)) else keys[a] for a in item.args]
            keys[item] = Key.of(type(item).__name__, parts)
    return keys[node]


def keys_of(label: str, args: Sequence[Expr], unoriented: Callable[[list[Key]], list[Key]] = list) -> tuple[Key, Key]:
    """Return the key of an operation and the one that it shares with its transpose.

    ``unoriented`` brings the keys of the arguments into an order that a transpose does not change.
    """
    parts = [arg.key if isinstance(arg, Interned) else key_of(arg) for arg in args]
    shared = unoriented([arg.unoriented_key if isinstance(arg, Array) else key for arg, key in zip(args, parts)])
    key = Key.of(label, parts)
    return key, key if all(a is b for a, b in zip(parts, shared)) else Key.of(label, shared)


class Array(Interned, MatrixExpr):
    """A matrix expression of known shape (rows, columns); never 1×1, which is a scalar.

    ``key`` orders expressions; ``unoriented_key`` is a key that an expression shares with its transpose.
    ``transposes`` counts the transposes in it, ``sign`` is +1 where every entry is known to be positive.
    ``inert``: in a product it joins with no inert neighbour but itself, as a name of which nothing is known does.
    ``signed``: a minus is in it, or may be, so that its negative may be written without one: b - a for a - b.
    ``embedded``: it may be rows or columns that are put into a larger array.
    """

    _op_priority = 20.0
    is_commutative = False
    sign = 0
    inert = False
    signed = embedded = False
    rows: Expr = None
    cols: Expr = None
    shape: Shape = (None, None)  # type: ignore[assignment]
    is_column = is_row = is_square = False

    def doit(self, **hints: object) -> Self:
        return self

    def _fill(
        self, args: Sequence[Basic], shape: Shape, keys: tuple[Key, Key], transposes: int | None = None
    ) -> None:
        self._args = tuple(args)
        rows, cols = self.rows, self.cols = self.shape = tuple(shape)
        self.is_column, self.is_row, self.is_square = cols is ONE, rows is ONE, rows is cols or rows == cols
        self.key, self.unoriented_key = keys
        if transposes is None:
            transposes = sum([a.transposes for a in self._args if isinstance(a, Interned)])
        self.transposes = transposes
        self.of_complex = may_be_complex(self._args)
        self.cached_transpose = None
        self.signed = any([_signed(arg) for arg in self._args])


def _signed(arg: Expr) -> bool:
    if isinstance(arg, Array):
        return arg.signed
    return not (arg.is_Symbol or arg.is_Number or isinstance(arg, Str))


class ScalarNode(Interned, Expr):
    """A scalar function of arrays, a leaf of SymPy's scalar expressions."""

    is_commutative = True
    is_real = True
    is_number = False
    # SymPy's recursive walks end here, however deep the arrays below are
    is_Atom = True
    # and a power of it is sorted by its sort key, not by its text
    is_Dummy = True
    nonnegative = False

    def sort_key(self, order: object = None) -> tuple:
        return sort_key(self.class_key(), self.key)

    def _eval_is_nonnegative(self) -> bool | None:
        return True if self.nonnegative else None

    def _fill(self, args: Sequence[Basic], key: Key) -> None:
        self._args = tuple(args)
        self.key = key
        if may_be_complex(self._args):
            let_be_complex(self)
        self.transposes = sum([a.transposes for a in self._args if isinstance(a, Interned)])

    def _eval_derivative(self, symbol: Basic) -> NoReturn:
        from ..errors import NoRuleError

        raise NoRuleError("SymPy's diff does not reach into array expressions", hint="use matcalc.diff")


class ArraySymbol(Array):
    """A named array with declared facts, such as 'symmetric' or 'positive'."""

    is_symbol = True

    def __new__(cls, name: str, rows: Size, cols: Size, facts: Iterable[str] = ()) -> ArraySymbol:
        rows, cols, facts = dimension(rows), dimension(cols), frozenset(facts)

        def fill(new: Array) -> None:
            keys = Key.of_name("array", name, *facts), Key.of_name("array", name)
            new._fill((Str(name), rows, cols), (rows, cols), keys, 0)
            new.name, new.facts = name, facts
            # an orthogonal matrix cancels beside its transpose, the columns of a simplex beside a row of ones
            new.inert = not facts or not facts & implying("orthogonal") and "simplex" not in facts
            if "complex" in facts:
                let_be_complex(new)
            new.sign = 1 if facts & implying("positive") and not (facts & hollow() and rows != 1) else 0

        return intern(cls, (name, rows, cols, facts), fill)

    @property
    def free_symbols(self) -> set[Expr]:
        return {self}


class Constant(Array):
    """A constant array: eye(n), ones(n, m), zeros(n, m), e(i, n), comm(n, m)."""

    def __new__(cls, name: str, dims: tuple[Expr, ...], rows: Expr, cols: Expr) -> Constant:
        dims = tuple(dims)

        def fill(new: Constant) -> None:
            turned = in_order if name in ("ones", "zeros", "comm") else list
            new._fill((Str(name), *dims), (rows, cols), keys_of(" " + name, dims, turned), 0)
            new.name, new.dims = name, dims
            new.sign = 1 if name == "ones" else 0
            new.embedded = name in ("e", SELECT)

        return intern(cls, (name, dims, rows, cols), fill)


class _Composite(Array):
    """An array made of other expressions by an operation that needs no further data."""

    @classmethod
    def of(cls, args: Sequence[Expr], shape: Shape, sign: int = 0) -> Array:
        args = tuple(args)
        spend(len(args))

        def fill(new: Array) -> None:
            new._fill(args, shape, keys_of(cls.__name__, args, cls._unoriented))
            new.sign = sign
            if cls._embeds is not None:
                new.embedded = cls._embeds(args)

        return intern(cls, args, fill)

    # whether the array that is made of the arguments is ``embedded``
    _embeds: Callable[[Sequence[Expr]], bool] | None = None

    @staticmethod
    def _unoriented(keys: list[Key]) -> list[Key]:
        """Return the keys of the arguments in an order that a transpose does not change."""
        return keys


def _is_put_into_larger(factors: Sequence[Array]) -> bool:
    first, last = factors[0], factors[-1]
    return isinstance(first, Constant) and first.embedded or isinstance(last, Transpose) and last.embedded


class Transpose(_Composite):
    """X.T of an atom: a symbol, a unit column or a function."""

    _embeds = staticmethod(lambda args: isinstance(args[0], Constant) and args[0].embedded)

    @classmethod
    def of(cls, args: Sequence[Expr], shape: Shape, sign: int = 0) -> Self:
        new = super().of(args, shape, sign)
        new.transposes = args[0].transposes + 1
        new.unoriented_key = args[0].unoriented_key
        new.inert = args[0].inert
        return new


class Scale(_Composite):
    """A scalar times an array."""

    def _fill(
        self, args: Sequence[Basic], shape: Shape, keys: tuple[Key, Key], transposes: int | None = None
    ) -> None:
        super()._fill(args, shape, keys, transposes)
        self.signed = self.signed or bool(self._args[0].as_coeff_Mul()[0].is_negative)

    _embeds = staticmethod(lambda args: args[1].embedded)


class Sum(_Composite):
    """A sum of arrays of one shape; each term may be scaled."""

    inert = True
    _unoriented = staticmethod(in_order)  # type: ignore[assignment]


class MatMul(_Composite):
    """A matrix product of two or more arrays."""

    _embeds = staticmethod(_is_put_into_larger)

    @staticmethod
    def _unoriented(keys: list[Key]) -> list[Key]:
        return min(keys, keys[::-1])


class Hadamard(_Composite):
    """An elementwise product of two or more arrays of one shape."""

    _unoriented = staticmethod(in_order)  # type: ignore[assignment]


class Power(_Composite):
    """An elementwise power; args: the base, an array, and the exponent, a scalar or an array."""


class MatrixPower(_Composite):
    """A power of a square matrix; args: the base and the exponent; inv(X) has exponent -1."""


class Kronecker(_Composite):
    """A Kronecker product of two or more arrays."""


class Diagonal(_Composite):
    """diag(v): the diagonal matrix of a column."""


class Vec(_Composite):
    """vec(X): the columns of a matrix, stacked."""


class FrechetDerivative(_Composite):
    """The differential L(X, E) of a matrix function F where it has no closed form; args: F(X) and E."""


class ArrayFunction(Array):
    """A function of the rule book whose value is an array; ``rule`` is its entry."""

    def __new__(cls, rule: Rule, args: Sequence[Expr], shape: Shape) -> ArrayFunction:
        args = tuple(args)

        def fill(new: ArrayFunction) -> None:
            new._fill(args, shape, keys_of(rule.id, args))
            new.rule = rule
            new.sign = 1 if rule.gives & {"positive", "unit-interval", "simplex"} and not new.of_complex else 0

        return intern(cls, (rule, *args), fill)


class ScalarFunction(ScalarNode):
    """A function of the rule book whose value is a scalar; ``rule`` is its entry."""

    def __new__(cls, rule: Rule, args: Sequence[Expr]) -> ScalarFunction:
        args = tuple(args)

        def fill(new: ScalarFunction) -> None:
            new._fill(args, Key.of(rule.id, [key_of(a) for a in args]))
            new.rule = rule
            new.nonnegative = bool(rule.gives & {"positive", "nonnegative", "unit-interval"}) and not new.of_complex

        return intern(cls, (rule, *args), fill)


class _ScalarComposite(ScalarNode):
    """A scalar made of arrays by an operation that needs no further data."""

    @classmethod
    def of(cls, args: Sequence[Expr], nonnegative: bool = False) -> ScalarNode:
        args = tuple(args)

        def fill(new: ScalarNode) -> None:
            new._fill(args, Key.of(cls.__name__, [a.key for a in args]))
            new.nonnegative = nonnegative and not new.of_complex

        return intern(cls, args, fill)


class InnerProduct(_ScalarComposite):
    """A matrix product whose value is 1×1: a row, matrices, a column."""


class Trace(_ScalarComposite):
    """tr(A) of a square matrix."""


def is_array(node: Expr) -> bool:
    """Return whether the node is an array; everything else is a scalar."""
    return isinstance(node, Array)


def operands(node: Expr) -> tuple[Expr, ...]:
    """Return the expressions that a node is made of."""
    if isinstance(node, (ArraySymbol, Constant)):
        return ()
    return node.args


def postorder(*roots: Expr, operands: Callable = operands) -> list[Expr]:
    """Return the distinct nodes below and including the roots, operands before operators.

    ``operands(node)`` are the nodes that a node is made of.
    """
    seen, order = set(), []
    stack: list = list(reversed(roots))
    while stack:
        node = stack.pop()
        if node.__class__ is tuple:  # its operands have had their turn
            order.append(node[0])
        elif node not in seen:
            seen.add(node)
            below = operands(node)
            if below:
                stack.append((node,))
                stack += [child for child in below[::-1] if child not in seen]
            else:
                order.append(node)
    spend(len(order))
    return order


def dependent(root: Expr, variables: Container[Expr]) -> set[Expr]:
    """Return the set of the nodes below and including ``root`` in which one of ``variables`` occurs."""
    found: set[Expr] = set()
    for node in postorder(root):
        if node in variables or not found.isdisjoint(operands(node)):
            found.add(node)
    return found


def coefficient(term: Expr) -> tuple[Expr, Expr]:
    """Return (c, A) such that the term is c*A and A carries no scalar factor."""
    if isinstance(term, Scale):
        return term.args
    return ONE, term
