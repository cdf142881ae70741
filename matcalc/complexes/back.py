"""A twin, in z and conj(z) as independent names, back to the language: X.H, norm(X), abs(X), real(X), in a short form.

Every node has two forms, of itself and of its conjugate; of op(X, Y) and conj(op(conj(X), conj(Y))) the shorter stands.
What is written by other functions in the twin is recognised: X.H@X under a root is norm(X)**2, X*conj(X) is abs(X)**2,
X + conj(X) is 2*real(X).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from ..language.nodes import CONJUGATE, IMAGINARY, conjugate, conjugated, operands_of, plain_name
from ..language.syntax import Binary, Call, Name, Negate, Number, Transpose, Tree, children, postorder, with_children
from ..rulebook.conditions import constant_value
from ..rulebook.entries import Book
from ..rulebook.facts import hermitian, implying
from .twin import ANALYTIC

_SUM = "+-"
_TWO = Fraction(2)
_LONGEST = 40


@dataclass(frozen=True)
class Form:
    """A tree, its length and a number that equal trees share."""

    tree: Tree
    cost: int
    key: int


@dataclass(frozen=True)
class Both:
    """The form of a node, and that of its conjugate."""

    plain: Form
    conjugate: Form
    is_of_complex: bool = True

    @property
    def turned(self) -> Both:
        """The forms of the conjugate and of its conjugate."""
        return Both(self.conjugate, self.plain, self.is_of_complex)


class Back:
    """Writes twins in the language.

    ``facts`` are those declared, ``shapes`` those of the names; ``prefer_norm`` takes norm(z)**2 before z.H@z.
    ``recognise``: whether norms, moduli, real and imaginary parts are looked for.
    """

    def __init__(
        self,
        facts: Mapping[str, frozenset[str]],
        shapes: Mapping[str, tuple],
        book: Book,
        prefer_norm: bool = False,
        recognise: bool = True,
    ) -> None:
        self.recognise = recognise
        self.facts, self.shapes, self.book, self.prefer_norm = facts, shapes, book, prefer_norm
        self.keys: dict[tuple, int] = {}
        self.inner: dict[int, Form] = {}
        self.made: dict[int, Both] = {}
        self.halves: dict[int, Form] = {}
        self.differences: dict[int, tuple[Form, bool]] = {}
        self.arguments: dict[int, Form] = {}
        self.unit = self._leaf(Name(IMAGINARY))

    def tree(self, twin: Tree) -> Tree:
        """Return the tree in the language that a twin stands for."""
        return self.form(twin).tree

    def form(self, twin: Tree) -> Form:
        """Return the form of a twin: its tree with its length."""
        self.made = {}
        for node in postorder(twin):
            self.made[id(node)] = self._both(node, [self.made[id(child)] for child in children(node)])
        return self.made[id(twin)].plain

    def _both(self, node: Tree, parts: list[Both]) -> Both:
        if isinstance(node, Name):
            return self._name(node)
        if not parts:
            form = self._leaf(node)
            return Both(form, form, False)
        if not any(part.is_of_complex for part in parts):
            form = self._made(node, [part.plain for part in parts])
            return Both(form, form, False)
        if isinstance(node, Transpose) or isinstance(node, Call) and node.function == "inv":
            named = self._of_declared(node, parts[0])
            if named is not None:
                return named
        if isinstance(node, Call) and self._is_of_real_numbers(node):
            form = self._made(node, [part.plain for part in parts])
            return Both(form, form)
        found = self._recognised(node, parts) if self.recognise else self._real_square(node, parts)
        if found is not None:
            return found
        if isinstance(node, Transpose):
            return Both(self._turned(parts[0]), self._turned(parts[0].turned))
        plain = self._made(node, [part.plain for part in parts])
        other = self._made(node, [part.conjugate for part in parts])
        return Both(self._shorter(plain, other), self._shorter(other, plain))

    def _turned(self, part: Both) -> Form:
        """Return the transpose of a form: X.T, or Y.H where conj(Y) is X and this is shorter."""
        turned = self._transposed(self._conjugate(part.conjugate))
        return min((self._transposed(part.plain), turned), key=lambda form: form.cost)

    # -- leaves ------------------------------------------------------------------------------------------------

    def _leaf(self, node: Tree) -> Form:
        return Form(node, 1, self._key(("leaf", getattr(node, "value", None), getattr(node, "id", None))))

    def _name(self, node: Name) -> Both:
        if node.id == IMAGINARY:
            unit = self._leaf(node)
            return Both(unit, self._negative(unit))
        inner = plain_name(node.id)
        if inner != node.id:
            return self._complex(Name(inner, node.span)).turned
        if node.id in self.facts and self._is_complex(node.id):
            return self._complex(node)
        form = self._leaf(node)
        return Both(form, form, False)

    def _is_complex(self, name: str) -> bool:
        return bool(self.facts[name] & implying("complex"))

    def _complex(self, node: Name) -> Both:
        form = self._leaf(node)
        other = self._transposed(form) if hermitian(self.facts[node.id]) else self._conjugate(form)
        return Both(form, other)

    def _of_declared(self, node: Tree, part: Both) -> Both | None:
        """H.T of a hermitian H is its conjugate, inv(U) of a unitary U its conjugate transpose."""
        name = part.plain.tree
        words = self.facts.get(name.id, frozenset()) if isinstance(name, Name) else frozenset()
        if isinstance(node, Transpose):
            return part.turned if hermitian(words) and words & implying("complex") else None
        if not words & implying("unitary"):
            return None
        return Both(self._transposed(part.conjugate), self._transposed(part.plain))

    # -- forms of operations -----------------------------------------------------------------------

    def _key(self, identity: tuple) -> int:
        return self.keys.setdefault(identity, len(self.keys))

    def _made(self, node: Tree, parts: list[Form]) -> Form:
        """Return the operation of a node on other operands."""
        if isinstance(node, Transpose):
            return self._transposed(parts[0])
        if isinstance(node, Negate):
            return self._negative(parts[0])
        if conjugated(node) is not None:
            return self._conjugate(parts[0])
        same = all(part.tree is child for part, child in zip(parts, children(node)))
        tree = node if same else with_children(node, [part.tree for part in parts])
        if isinstance(node, Call) and node.function == "log":
            self.arguments[self._key(("log", parts[0].key))] = parts[0]
        if isinstance(tree, Call) and (written := self._written_as(tree)):
            tree = Call(written, tree.args, tree.keywords, tree.span)
        word = node.op if isinstance(node, Binary) else getattr(node, "function", type(node).__name__)
        made = Form(tree, 1 + sum(part.cost for part in parts), self._key((word, *[part.key for part in parts])))
        if word in ("+", "-") and len(parts) == 2 and all(part.key in self.halves for part in parts):
            self.halves[made.key] = self._binary(word, *[self.halves[part.key] for part in parts])
        return made

    def _written_as(self, call: Call) -> str:
        """Return the name that a function of twins is written by, where it has another one."""
        return self.book.lookup(call)[-1].complex.partition(f"{ANALYTIC} for ")[2]

    def _conjugate(self, form: Form) -> Form:
        if conjugated(form.tree) is not None:
            return self.inner[form.key]
        made = Form(conjugate(form.tree, form.tree.span), form.cost + 1, self._key((CONJUGATE, form.key)))
        self.inner[made.key] = form
        return made

    def _transposed(self, form: Form) -> Form:
        if isinstance(form.tree, Transpose):
            return self.inner[form.key]
        cost = form.cost if conjugated(form.tree) is not None else form.cost + 1  # X.H is one sign
        made = Form(Transpose(form.tree, form.tree.span), cost, self._key((".T", form.key)))
        self.inner[made.key] = form
        return made

    def _negative(self, form: Form) -> Form:
        made = Form(Negate(form.tree, form.tree.span), form.cost + 1, self._key(("-", form.key)))
        self.inner[made.key] = form
        if form.key in self.halves and made.key not in self.halves:
            self.halves[made.key] = self._negative(self.halves[form.key])
        return made

    def _call(self, function: str, form: Form) -> Form:
        return Form(Call(function, (form.tree,), (), form.tree.span), form.cost + 1, self._key((function, form.key)))

    def _number(self, value: Fraction) -> Form:
        return Form(Number(value), 1, self._key(("leaf", value, None)))

    def _binary(self, op: str, left: Form, right: Form) -> Form:
        tree = Binary(op, left.tree, right.tree, left.tree.span)
        return Form(tree, left.cost + right.cost + 1, self._key((op, left.key, right.key)))

    def _power(self, base: Form, exponent: Fraction) -> Form:
        return base if exponent == 1 else self._binary("**", base, self._number(exponent))

    def _shorter(self, form: Form, other: Form) -> Form:
        """Return the form of a node, or the conjugate of that of its conjugate where this is shorter."""
        wrapped = self._conjugate(other)
        return wrapped if wrapped.cost < form.cost else form

    def _is_of_real_numbers(self, call: Call) -> bool:
        """Whether a function of the twin has real values: it is not analytic, and so are its arguments."""
        return self.book.lookup(call)[-1].complex.partition(" ")[0] != ANALYTIC and call.function != "logdet"

    # -- what the twin writes by other functions ------------------------------------------------------------------

    def _recognised(self, node: Tree, parts: list[Both]) -> Both | None:
        if isinstance(node, Call) and node.function == "sqrt":
            return self._root(node.args[0], Fraction(1, 2))
        if isinstance(node, Call) and node.function == "tr":
            return self._trace(node.args[0])
        if not isinstance(node, Binary):
            return None
        if node.op == "**" and constant_value(node.right) is not None:
            return self._root(node.left, constant_value(node.right))
        if node.op == "@":
            return self._square(node, parts)
        if node.op == "*":
            return self._modulus(node, parts) or self._turned_by_unit(parts)
        if node.op in _SUM:
            return self._real_part(node)
        return self._half(node, parts) if node.op == "/" else None

    def _real_square(self, node: Tree, parts: list[Both]) -> Both | None:
        """X.H@X as it stands, a real number; None of anything else."""
        trees = operands_of(node, "@")
        if len(trees) < 2 or self._mirrored(node) is None or not self._is_column(trees[-1]):
            return None
        forms = [self._made(node, [part.plain for part in parts]), self._made(node, [part.conjugate for part in parts])]
        form = next((form for form in forms if _begins_conjugated(form.tree)), forms[0])
        return Both(form, form)

    def _root(self, base: Tree, exponent: Fraction) -> Both | None:
        """(X.H@X)**(k/2) as norm(X)**k, (X*conj(X))**(k/2) as abs(X)**k."""
        found = self._size_of(base)
        if found is None or (2 * exponent).denominator != 1:
            return None
        form = self._power(found, 2 * exponent)
        return Both(form, form)

    def _size_of(self, tree: Tree) -> Form | None:
        """Return norm(X) or abs(X) where a tree is its square."""
        if isinstance(tree, Binary) and tree.op == "@":
            half = self._mirrored(tree)
            return None if half is None else self._call("norm", half)
        if isinstance(tree, Call) and tree.function == "tr":
            half = self._under_trace(tree.args[0])
            return None if half is None else self._call("norm", half)
        if isinstance(tree, Binary) and tree.op == "*":
            return self._modulus_of([self.made[id(child)] for child in children(tree)])
        return None

    def _under_trace(self, tree: Tree) -> Form | None:
        """Return X of tr(X.H@X), wherever the product begins."""
        trees = operands_of(tree, "@")
        turned = (self._mirrored_factors([*trees[turn:], *trees[:turn]]) for turn in range(len(trees)))
        return next((found for found in turned if found is not None), None)

    def _mirrored(self, tree: Tree) -> Form | None:
        """Return X of a product X.H@X in the twin, None of another product."""
        return self._mirrored_factors(operands_of(tree, "@"))

    def _mirrored_factors(self, trees: list[Tree]) -> Form | None:
        half = len(trees) // 2
        if len(trees) % 2 or len(trees) > _LONGEST:
            return None
        factors = [self.made[id(factor)] for factor in trees]
        for one, other in zip(factors[:half], reversed(factors[half:])):
            if one.plain.key not in (self._turned(other.turned).key, self._transposed(other.conjugate).key):
                return None
        behind = factors[half:]
        chains = [[factor.plain for factor in behind], [factor.conjugate for factor in behind]]
        chains.append([self._turned(factor.turned) for factor in reversed(behind)])
        return min((self._product(chain) for chain in chains), key=lambda form: form.cost)

    def _product(self, chain: list[Form]) -> Form:
        found = chain[0]
        for factor in chain[1:]:
            found = self._binary("@", found, factor)
        return found

    def _square(self, node: Binary, parts: list[Both]) -> Both | None:
        """X.H@X, a number, as norm(X)**2 where that is shorter."""
        trees = operands_of(node, "@")
        half = self._mirrored(node) if isinstance(trees[0], Transpose) and self._is_column(trees[-1]) else None
        if half is None:
            return None
        tree = self._made(node, [part.plain for part in parts])
        norm = self._power(self._call("norm", half), _TWO)
        form = norm if norm.cost < tree.cost + self.prefer_norm else tree
        return Both(form, form)

    def _is_column(self, tree: Tree) -> bool:
        """Return whether a factor is known to be a column."""
        axis = 1
        while not isinstance(tree, Name):
            if isinstance(tree, Transpose):
                axis, tree = 1 - axis, tree.operand
            elif isinstance(tree, Binary):
                tree = tree.right if tree.op == "@" and axis or isinstance(tree.left, Number) else tree.left
            elif children(tree):
                tree = children(tree)[0]
            else:
                return False
        return tree.id in self.shapes and str(self.shapes[tree.id][axis]) == "1"

    def _trace(self, inner: Tree) -> Both | None:
        """tr(X.H@X) as norm(X)**2."""
        half = self._under_trace(inner)
        if half is None:
            return None
        form = self._power(self._call("norm", half), _TWO)
        return Both(form, form)

    def _modulus(self, node: Binary, parts: list[Both]) -> Both | None:
        """X*conj(X) as abs(X)**2."""
        found = self._modulus_of(parts)
        if found is None:
            return None
        form = self._power(found, _TWO)
        return Both(form, form)

    def _modulus_of(self, parts: list[Both]) -> Form | None:
        left, right = parts
        if left.plain.key != right.conjugate.key or not left.is_of_complex or left.plain.key == right.plain.key:
            return None
        return self._call("abs", min((left.plain, right.plain), key=lambda form: form.cost))

    def _real_part(self, node: Binary) -> Both | None:
        """X + conj(X) as 2*real(X), X - conj(X) as 2j*imag(X), also as the last terms of a sum."""
        pair = self._pair(node.op, node.left, node.right)
        if pair is not None or not isinstance(node.left, Binary) or node.left.op not in _SUM:
            return pair
        sign = node.left.op
        pair = self._pair("+" if sign == node.op else "-", node.left.right, node.right)
        if pair is None:
            return None
        rest = self.made[id(node.left.left)]
        return Both(self._added(sign, rest.plain, pair.plain), self._added(sign, rest.conjugate, pair.conjugate))

    def _added(self, sign: str, rest: Form, form: Form) -> Form:
        if isinstance(form.tree, Negate):
            sign, form = "-" if sign == "+" else "+", self.inner[form.key]
        return self._binary(sign, rest, form)

    def _pair(self, sign: str, first: Tree, second: Tree) -> Both | None:
        left, right = self.made[id(first)], self.made[id(second)]
        if left.plain.key == right.plain.key and sign == "+" and left.is_of_complex:
            return self._twice(left)
        if left.plain.key != right.conjugate.key or left.plain.key == right.plain.key:
            return None
        halved = [node for node in (first, second) if isinstance(node, Binary) and node.op == "/"]
        if len(halved) == 2 and all(isinstance(node.right, Number) and node.right.value == _TWO for node in halved):
            one, other = (self.made[id(node.left)] for node in halved)
            if sign == "+" and one.plain.key == other.conjugate.key:
                form = self._real(min((one.plain, other.plain), key=lambda form: form.cost))
                return Both(form, form)
        if sign == "+":
            real = self._real(min((left.plain, right.plain), key=lambda form: form.cost))
            form = self._binary("*", self._number(_TWO), real)
            self.halves[form.key] = real
            return Both(form, form)
        turned = left.plain.cost > right.plain.cost
        imaginary = self._imaginary(right.plain if turned else left.plain)
        unit = self._leaf(Name(IMAGINARY))
        form = self._binary("*", self._binary("*", self._number(_TWO), unit), imaginary)
        negative = self._negative(form)
        self.differences |= {form.key: (imaginary, True), negative.key: (imaginary, False)}
        return Both(negative, form) if turned else Both(form, negative)

    def _imaginary(self, inner: Form) -> Form:
        """Return imag(X), and angle(X) for imag(log(X))."""
        argument = self.arguments.get(inner.key)
        return self._call("imag", inner) if argument is None else self._call("angle", argument)

    def _turned_by_unit(self, parts: list[Both]) -> Both | None:
        """1j*(X - conj(X)), a real number, as -2*imag(X)."""
        unit, other = sorted((part.plain for part in parts), key=lambda form: form.key != self.unit.key)
        imaginary, negative = self.differences.get(other.key, (None, False))
        if unit.key != self.unit.key or imaginary is None:
            return None
        form = self._binary("*", self._number(_TWO), imaginary)
        self.halves[form.key] = imaginary
        if negative:
            form = self._negative(form)
            self.halves[form.key] = self._negative(imaginary)
        return Both(form, form)

    def _real(self, inner: Form) -> Form:
        is_real = isinstance(inner.tree, Call) and self._is_real_function(inner.tree)
        return inner if is_real else self._call("real", inner)

    def _twice(self, part: Both) -> Both:
        plain, other = (self._binary("*", self._number(_TWO), form) for form in (part.plain, part.conjugate))
        return Both(plain, other)

    def _is_real_function(self, call: Call) -> bool:
        rule = self.book.lookup(call)[-1]
        return bool(rule.complex) and rule.complex.partition(" ")[0] != ANALYTIC

    def _half(self, node: Binary, parts: list[Both]) -> Both | None:
        """2*X/2 as X, 2*X/8 as X/4."""
        real = self.halves.get(parts[0].plain.key)
        if real is None or not isinstance(node.right, Number) or node.right.value % _TWO:
            return None
        form = real if node.right.value == _TWO else self._binary("/", real, self._number(node.right.value / _TWO))
        return Both(form, form)


def _begins_conjugated(tree: Tree) -> bool:
    first = operands_of(tree, "@")[0]
    return isinstance(first, Transpose) and conjugated(first.operand) is not None
