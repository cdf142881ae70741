"""Surface trees with their length, and the ways of putting them together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import partial, reduce
from typing import TYPE_CHECKING

from sympy import Add, Expr, Mul, Pow, S

from ..algebra.constants import is_constant
from ..algebra.constructors import transpose
from ..algebra.expressions import Array, ArraySymbol, Constant, InnerProduct, MatMul, Power, ScalarNode
from ..language.generators import For, If, Over
from ..language.syntax import Binary, Call, Name, Negate, Number, String, Transpose, Tree

if TYPE_CHECKING:
    from ..algebra.indexed import Loop
    from ..rulebook.entries import Rule

# what an orientation of a sum costs that is not the user's own: it only decides between equal lengths
AGAINST_THE_TEXT = 1 / 1024
MINUS_A_NUMBER = 1 / 4096


class Form:
    """A surface tree and its length: the number of its operators and leaves."""

    __slots__ = ("tree", "cost")

    def __init__(self, tree: Tree, cost: float) -> None:
        self.tree = tree
        self.cost = cost


def indexed(body: Form, loop: Loop) -> Form:
    """Return the form of a sum over an index, given that of its term; the sum of a sum is one over more indices."""
    conditions = tuple(If(sign, size_tree(left), size_tree(right)) for sign, left, right in loop.conditions)
    own = For(loop.index.name, size_tree(loop.start), size_tree(loop.stop))
    tree = body.tree
    if isinstance(tree, Over) and tree.function == "sum":
        return Form(Over("sum", tree.body, (own, *tree.loops), conditions + tree.conditions), body.cost + 2)
    return Form(Over("sum", tree, (own,), conditions), body.cost + 3)


def whole(value: int) -> Form:
    """Return the form of a natural number."""
    return Form(Number(Fraction(value)), 1)


def number(value: int | Expr) -> Form:
    """Return the form of a SymPy rational or an int."""
    value = S(value)
    if value.q != 1:
        form = binary("/", number(abs(value.p)), number(value.q))
        return form if value > 0 else negated(form)
    positive = Form(Number(Fraction(abs(int(value.p)))), 1)
    return positive if value >= 0 else Form(Negate(positive.tree), 2)


def size_tree(size: Expr) -> Tree:
    """Return the surface tree of a dimension: n, n*m, n*n."""
    if size.is_Rational:
        return number(size).tree
    above, below = size.as_numer_denom()
    if below != 1:  # n*(n + 1)/2
        return Binary("/", size_tree(above.factor()), number(below).tree)
    if isinstance(size, Add):
        terms = [(bool(term.as_coeff_Mul()[0].is_negative), term) for term in reversed(size.args)]
        terms.sort(key=lambda item: item[0])
        parts = [(negative, size_tree(-term if negative else term)) for negative, term in terms]
        (negative, tree), *others = parts
        tree = Negate(tree) if negative else tree
        for negative, part in others:
            tree = Binary("-" if negative else "+", tree, part)
        return tree
    leaves: list[Tree] = []
    for factor in Mul.make_args(size):
        base, exponent = factor.as_base_exp()
        for _ in range(int(exponent)):
            leaves.append(Name(base.name) if base.is_Symbol else size_tree(base))
    return reduce(partial(Binary, "*"), leaves)


def named(name: str) -> Form:
    """Return the form of a name."""
    return Form(Name(name), 1)


def call(name, *forms, axis=None):
    """Return the form of a function call; ``axis`` adds axis=0 or axis=1."""
    keywords = () if axis is None else (("axis", Number(Fraction(axis))),)
    return Form(Call(name, tuple(f.tree for f in forms), keywords), 1 + sum(f.cost for f in forms) + len(keywords))


def call_rule(rule: Rule, forms: list[Form]) -> Form:
    """Return the form of a call of a rule, with the literals of its signature."""
    positional, keywords = list(forms), []
    for name, value in rule.literals:
        if name is None:
            positional.append(Form(_literal(value), 1))
        else:
            keywords.append((name, _literal(value)))
    tree = Call(rule.name, tuple(f.tree for f in positional), tuple(keywords))
    return Form(tree, 1 + sum(f.cost for f in positional) + len(keywords))


def _literal(value: Fraction) -> Number:
    if isinstance(value, tuple):
        return String(value[1]) if value[0] == "string" else Name(value[1])
    return Number(value)


def binary(op: str, left: Form, right: Form) -> Form:
    """Return the form of a binary operation."""
    return Form(Binary(op, left.tree, right.tree), left.cost + right.cost + 1)


def joined(op: str, forms: list[Form]) -> Form:
    """Return the left-associated chain of forms."""
    tree, cost = forms[0].tree, forms[0].cost
    for form in forms[1:]:
        tree, cost = Binary(op, tree, form.tree), cost + form.cost + 1
    return Form(tree, cost)


def turned(form: Form) -> Form:
    """Return the transpose of a form."""
    return Form(Transpose(form.tree), form.cost + 1)


def _on_first_factor(form: Form, change: Callable | type, cost: float) -> Form:
    tree, spine = form.tree, []
    while isinstance(tree, Binary) and tree.op in "*/@":
        spine.append(tree)
        tree = tree.left
    tree = change(tree)
    for node in reversed(spine):
        tree = Binary(node.op, tree, node.right)
    return Form(tree, form.cost + cost)


def negated(form: Form) -> Form:
    """Return the form with a minus on its first factor."""
    return _on_first_factor(form, Negate, 1)


def starts_with_minus(form: Form) -> bool:
    """Return whether the first factor of a form has a minus."""
    tree = form.tree
    while isinstance(tree, Binary) and tree.op in "*/@":
        tree = tree.left
    return isinstance(tree, Negate)


def scaled(front, form):
    """Return front*form with the factor put before the first factor of a product; 1/X becomes front/X."""
    if starts_with_one(form):
        return _on_first_factor(form, lambda tree: front.tree, front.cost - 1)
    return _on_first_factor(form, lambda tree: Binary("*", front.tree, tree), front.cost + 1)


def divided(form: Form, bottom: Form) -> Form:
    """Return form/bottom; what is a quotient already gets a longer denominator: x/(2*y), not x/y/2."""
    if isinstance(form.tree, Binary) and form.tree.op == "/":
        below = scaled(bottom, Form(form.tree.right, 0))
        return Form(Binary("/", form.tree.left, below.tree), form.cost + bottom.cost + 1)
    return binary("/", form, bottom)


def starts_with_one(form):
    """Return whether the form begins with 1/."""
    first, spine = form.tree, None
    while isinstance(first, Binary) and first.op in "*/@":
        first, spine = first.left, first
    return isinstance(first, Number) and first.value == 1 and spine is not None and spine.op == "/"


# of (sum, whether a term is taken from it, the term): their sum
Chains = dict[tuple[Form, bool, Form], Form]


def signed_sum(items: list[tuple[bool, Form]], chains: Chains) -> Form:
    """Return the chain of (negative, form) terms; ``chains`` remembers chains that others begin with."""
    negative, form = items[0]
    total = negated(form) if negative else form
    for negative, form in items[1:]:
        step = (total, negative, form)
        known = chains.get(step)
        if known is None:
            if not negative and starts_with_minus(form):
                negative, form = True, _on_first_factor(form, lambda tree: tree.operand, -1)
            known = chains[step] = binary("-" if negative else "+", total, form)
        total = known
    return total


def in_each_form(arrays: Iterable[Array], turns: tuple[bool, ...] = (False, True)) -> list[tuple[Expr, bool, bool]]:
    """Return (array, turned, negative) of all forms that the forms of an operation on arrays are chosen from.

    Those of leaves are made as they are asked for: to look for what they need takes longer.
    """
    return [
        (array, flip, negative)
        for array in arrays
        if not isinstance(array, (ArraySymbol, Constant))
        for flip in turns
        for negative in ((False, True) if array.signed else (False,))
    ]


# -- what an expression may be written as --------------------------------------------------------


def is_negative(scalar: Expr) -> bool:
    """Return whether the scalar's numeric factor is negative."""
    if scalar.is_Rational:
        return scalar.p < 0
    return bool(scalar.as_coeff_Mul()[0].is_negative)


def square_of(node: Expr) -> tuple[Array, ...] | None:
    """Return the factors of X where the scalar is the sum of the squares of X's entries, else None."""
    if not isinstance(node, InnerProduct) or node.of_complex:
        return None
    args = node.args
    half = len(args) // 2
    if len(args) % 2 == 0 and all(transpose(a) is b for a, b in zip(args[:half], reversed(args[half:]))):
        return args[half:]
    if len(args) == 3 and is_constant(args[0], "ones") and is_constant(args[2], "ones"):
        if isinstance(args[1], Power) and args[1].args[1] == 2:
            return args[1].args[:1]
    return None


def summed_factors(node: InnerProduct) -> list[Array] | None:
    """Return the factors whose product's entries the inner product adds up, or None where it is no sum."""
    chain = list(node.args)
    if is_constant(chain[0], "ones"):
        chain = chain[1:]
        return chain[:-1] if len(chain) > 1 and is_constant(chain[-1], "ones") else chain
    return chain[:-1] if is_constant(chain[-1], "ones") else None


def _without_sizes(scalar: Expr, sizes: list[Expr]) -> Expr | None:
    """Return the scalar times the product of the sizes where it is divided by all of them, else None."""
    product = Mul(*sizes)
    number, symbols = product.as_coeff_Mul()
    if scalar.as_coeff_Mul()[0].q % number.p:
        return None
    present = scalar.as_powers_dict()
    for base, exponent in symbols.as_powers_dict().items():
        if base != 1 and present.get(base, 0) != -exponent:
            return None
    return scalar * product


def scalar_mean(scalar: Expr) -> tuple[Expr, ScalarNode] | None:
    """Return (rest, sum) where the scalar is rest times the mean that the sum is part of, else None."""
    for factor in Mul.make_args(scalar):
        inner = square_of(factor) or summed_factors(factor) if isinstance(factor, InnerProduct) else None
        if inner:
            rest = _without_sizes(scalar / factor, [inner[0].rows, inner[-1].cols])
            if rest is not None:
                return rest, factor
    return None


def axis_mean(scalar: Expr, array: Array) -> tuple[Expr, Array, int] | None:
    """Return (rest, X, axis) where scalar*array is rest*mean(X, axis), else None."""
    if isinstance(array, MatMul) and len(array.args) == 2:
        first, last = array.args
        if is_constant(last, "ones") and last.is_column:
            rest = _without_sizes(scalar, [last.rows])
            return None if rest is None else (rest, first, 1)
        if is_constant(first, "ones") and first.is_row:
            rest = _without_sizes(scalar, [first.cols])
            return None if rest is None else (rest, last, 0)
    return None


def base_and_exponent(factor: Expr) -> tuple[Expr, Expr]:
    """Return (base, exponent) of a scalar factor."""
    return (factor.base, factor.exp) if isinstance(factor, Pow) else (factor, S.One)


def quotient(forms: list[Form], below: list[bool]) -> Form:
    """Return the quotient of products: the factors marked in ``below`` stand below the line."""
    top = [form for form, down in zip(forms, below) if not down]
    bottom = [form for form, down in zip(forms, below) if down]
    form = joined("*", top) if top else number(1)
    return binary("/", form, joined("*", bottom)) if bottom else form
