"""The rule book: what an entry holds, and which entries fit a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import ArgumentError, RuleFileError, Span, UnknownFunctionError
from ..language.syntax import Binary, Call, Name, Negate, Number, String, Transpose, Tree, children, parse_tree
from .clashes import refuse_clashes
from .properties import Identity, Interval, Statement

if TYPE_CHECKING:
    from sympy import Expr


@lru_cache(maxsize=4096)
def size_tree(text):
    """Return the surface tree of the text of a size, such as n*m."""
    return parse_tree(text)


@dataclass(frozen=True)
class Parameter:
    """A parameter of a signature: an array with its sizes (texts), a scalar, a size, an index, a bound or a step.

    An index and a bound have the size within which they are. Of a rule with a step, ``k`` is the number of places.
    """

    name: str
    kind: str
    sizes: tuple = ()

    @property
    def is_whole(self) -> bool:
        """Whether it stands for a whole number, not for an expression."""
        return self.kind in ("size", "index", "bound", "step")


@dataclass(frozen=True)
class Formula:
    """A differential: its right-hand side, what must hold (texts of conditions), and the source text."""

    text: str
    where: tuple

    @cached_property
    def right(self):
        """The surface tree of the right-hand side."""
        return parse_tree(self.text)


def _value(name):
    """Return the attribute that holds the surface tree of a rule's line, None where it has none."""
    return cached_property(lambda rule: parse_tree(rule.values[name]) if name in rule.values else None)


@dataclass(eq=False)
class Rule:
    """One entry of the rule book.

    ``equates`` are two products of sizes that are equal, ``repeats`` a parameter that may be repeated.
    ``params`` are the signature's parameters and ``literals`` what must be written literally in a call
    (``axis=0``, ``"nuc"``). ``where`` holds the conditions of the domain as texts. ``differentials`` are
    tried in order; ``commuting`` holds where the differential commutes with the argument, ``everywhere`` also
    where the conditions of the differentials are broken. What is known of the
    values (``bounds``, ``sign``, ``definite``, ``monotone``, ``convex``, ``concave``, ``series``) and of other ways to
    write them (``shortens`` in answers, ``stable`` in generated code, ``known`` in every expression) is read by
    ``properties``.
    """

    id: str
    name: str
    params: tuple
    literals: tuple
    result: tuple
    where: tuple
    header: str
    file: str
    line: int
    differentials: list = field(default_factory=list)
    everywhere: Formula | None = None
    commuting: Formula | None = None
    adjoints: dict = field(default_factory=dict)
    jacobians: dict = field(default_factory=dict)
    values: dict = field(default_factory=dict)
    torch: str = ""
    array: str = ""
    numpy: str = ""
    jax: str = ""
    octave: str = ""
    unicode: str = ""
    latex: str = ""
    source: str = ""
    states: str = ""
    operation: str = ""
    operator: str = ""
    sympy: str = ""
    inverse: str = ""
    parity: str = ""
    complement: str = ""
    relation: str = ""
    once: str = ""
    repeats: str = ""
    equates: str = ""
    kink: str = ""
    note: str = ""
    complex: str = ""
    reals: str = ""
    gives: frozenset = frozenset()
    linear: tuple = ()
    alias: tuple = ()
    requires: tuple = ()
    variable: bool = False
    elementwise: bool = False
    commutes_with_transpose: bool = False
    matrix_function: bool = False
    invariant: bool = False
    constant: bool = False
    unknown: bool = False
    free_sizes: tuple = ()
    bounds: Interval | None = None
    sign: list[Statement] = field(default_factory=list)
    definite: list[Statement] = field(default_factory=list)
    monotone: tuple = ()
    monotone_where: tuple = ()
    convex: Statement | None = None
    concave: Statement | None = None
    series: str = ""
    shortens: list[Identity] = field(default_factory=list)
    stable: list[Identity] = field(default_factory=list)
    known: list[Identity] = field(default_factory=list)
    lines: list = field(default_factory=list)
    # the book that takes the entry in says what these are
    apply: Callable[..., Expr] = None  # type: ignore[assignment]
    book: Book = None  # type: ignore[assignment]

    means = _value("means")
    scalar = _value("scalar")
    column = _value("column")
    row = _value("row")
    positive = _value("positive")
    nonpositive = _value("nonpositive")
    commutative = _value("commutative")
    same = _value("same")
    products = _value("products")
    normal = _value("normal")
    identity = _value("identity")

    @cached_property
    def transposed(self):
        """The call that the transpose of the function is, by a line such as ``value f(A, B).T = f(B, A)``, or None."""
        return next((found.right_tree for found in self.known if isinstance(found.left_tree, Transpose)), None)

    @property
    def has_step(self):
        """Whether it takes every s-th place of a range."""
        return bool(self.params) and self.params[-1].kind == "step"

    @property
    def is_stack(self):
        """Whether arrays are put side by side or one below the other."""
        return self.operation in ("hstack", "vstack", "zero_block")

    @property
    def callable(self):
        """Whether the entry is a function of the language, not an operator or a principle."""
        return not self.operator

    def text(self):
        """Return the entry as it stands in its file."""
        return "\n".join([self.header, *("    " + line for line in self.lines)])

    def seal(self):
        """Let nothing of it change any more: all books, threads and expressions share it."""
        for name, value in list(vars(self).items()):
            if isinstance(value, list):
                vars(self)[name] = tuple(value)
            elif isinstance(value, dict):
                vars(self)[name] = MappingProxyType(value)
        vars(self)["_sealed"] = True

    def __setattr__(self, name, value):
        if "_sealed" in vars(self):
            raise ArgumentError(f"the rule {self.id} does not change", hint="write a rule file of your own: rules=FILE")
        super().__setattr__(name, value)

    def __reduce__(self):
        return Book.entry, (self.book, self.id)

    def fail(self, message: str, hint: str | None = None) -> NoReturn:
        raise RuleFileError(
            f"{self.file}, line {self.line}: {self.id}: {message}",
            source=self.header,
            span=Span(0, len(self.name)),
            hint=hint,
        )


class Book:
    """All rules in force, by name. ``apply(rule, args)`` builds an expression; see ``build``."""

    def __init__(self, rules):
        self.rules = []
        self.origin: tuple = ()
        self.by_name: dict = {}
        self.user_functions: set = set()
        self._stable: dict | None = None
        self._by_count: dict = {}
        self.everywhere = False
        self._for_everywhere: Book | None = None
        self.extend(rules)

    def for_everywhere(self) -> Book:
        """Return the book with the differentials that hold everywhere in the place of those with conditions."""
        if self._for_everywhere is None:
            other = Book.__new__(Book)  # copy() would make the book anew by its origin, and so find this one
            other.__dict__.update(self.__dict__, everywhere=True)
            self._for_everywhere = other
        return self._for_everywhere

    def seal(self):
        """Let no entry be added, removed or changed any more."""
        for rule in self.rules:
            rule.seal()
        self.rules = tuple(self.rules)
        self.by_name = MappingProxyType({name: tuple(rules) for name, rules in self.by_name.items()})

    def extend(self, rules):
        """Add entries; raises RuleFileError where a name is taken, ArgumentError where the book is sealed."""
        if isinstance(self.rules, tuple):
            raise ArgumentError("this rule book does not change", hint="name the files of further rules: rules=FILE")
        self._stable, self._by_count = None, {}
        for rule in rules:
            if any(other.id == rule.id for other in self.rules):
                rule.fail("the rule book has this entry already", hint="use another name")
            refuse_clashes(rule, self.by_name)
            self.rules.append(rule)
            for name in (rule.name, *rule.alias):
                self.by_name.setdefault(name, []).append(rule)

    def __reduce__(self):
        """A book travels as the call that makes it; ``origin`` is (function, arguments)."""
        if not self.origin:
            raise ArgumentError("a rule book made by hand does not travel", hint="name its files as rules=")
        return self.origin

    def entry(self, identity):
        """Return the rule with an ``id``."""
        return next(rule for rule in self.rules if rule.id == identity)

    def stable_forms(self, name: str) -> list[tuple[str, Identity]]:
        """Return (parameter, identity) for the stable forms that have a call of this function outside of others."""
        if self._stable is None:
            self._stable = {}
            for rule in self.rules:
                for identity in rule.stable:
                    for called in _outer_calls(identity.left_tree):
                        self._stable.setdefault(called, []).append((rule.params[0].name, identity))
        return self._stable.get(name, [])

    def overloads(self, name):
        """Return the callable rules of this name, in the order of the files."""
        return [rule for rule in self.by_name.get(name, ()) if rule.callable]

    def has_axis(self, name: str) -> bool:
        """Return whether a function has a form for rows and one for columns."""
        return bool(self.counts_before_axis(name))

    def counts_before_axis(self, name: str) -> set[int]:
        """Return how many arguments the forms of a function for rows and for columns have beside the axis."""
        with_axis = [rule for rule in self.overloads(name) if any(word == "axis" for word, _ in rule.literals)]
        return {len(rule.params) for rule in with_axis}

    def reserves(self, name: str) -> bool:
        """Return whether a word stands for a function even where it is not called, and cannot be a variable."""
        rules = self.overloads(name)
        return bool(rules) and not all(rule.variable for rule in rules)

    def function_names(self):
        """Return the names of all functions of the language, aliases included."""
        return [name for name in self.by_name if self.overloads(name)]

    def named(self, name):
        """Return all entries of this name, operators and principles included."""
        return self.by_name.get(name, ())

    def lookup(self, call, source=None):
        """Return the rules that fit a call's literals and number of arguments.

        Raises UnknownFunctionError for an unknown name, RuleFileError's sibling for wrong arguments.
        """
        key = (call.function, len(call.args))
        known = None if call.keywords else self._by_count.get(key)
        if known is not None:
            return known
        rules = self.overloads(call.function)
        if not rules:
            raise unknown_function(call, self.function_names())
        if rules[0].repeats and call.args and not call.keywords:
            return [repeated(rules[0], len(call.args))]
        fitting = [rule for rule in rules if _literals_fit(rule, call)]
        if not fitting:
            raise wrong_arguments(call, rules)
        # norm(x, 2) is not norm(x, p)
        most = max(len(rule.literals) for rule in fitting)
        chosen = [rule for rule in fitting if len(rule.literals) == most]
        has_literals = any(name is None for rule in rules for name, _ in rule.literals)
        if not call.keywords and (not has_literals or all(len(call.args) <= len(rule.params) for rule in rules)):
            self._by_count[key] = chosen  # the arguments themselves decide nothing
        return chosen


def _outer_calls(tree: Tree) -> list[str]:
    """Return the names of the calls at the top of a tree and below its operators."""
    found, stack = [], [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Call):
            found.append(node.function)
        else:
            stack.extend(children(node))
    return list(dict.fromkeys(found))


def literal(node):
    """Return what a literal of a signature or a call is: a Fraction, ("string", text), ("name", id), else None."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Negate) and isinstance(literal(node.operand), Fraction):
        return -literal(node.operand)
    if isinstance(node, Binary) and node.op == "/" and literal(node.right):
        above, below = literal(node.left), literal(node.right)
        return above / below if isinstance(above, Fraction) and isinstance(below, Fraction) else None
    if isinstance(node, String):
        return ("string", node.value)
    if isinstance(node, Name):
        return ("name", node.id)
    return None


def _literals_fit(rule, call):
    if not rule.literals and not call.keywords:
        return len(call.args) == len(rule.params)
    positional = [value for name, value in rule.literals if name is None]
    named = {name: value for name, value in rule.literals if name is not None}
    if len(call.args) != len(rule.params) + len(positional):
        return False
    if [literal(node) for node in call.args[len(rule.params) :]] != positional:
        return False
    given = {name: literal(value) for name, value in call.keywords}
    alternative = {name: literal(value) for name, value in rule.same.keywords} if rule.same else named
    return given in (named, alternative)


@lru_cache(maxsize=1024)
def repeated(rule: Rule, count: int) -> Rule:
    """Return a rule whose last parameter may be repeated for so many arguments; it has no adjoints of its own."""
    first, last = rule.params
    if count == 2:
        return rule
    axis = next(k for k, text in enumerate(rule.result) if text != "1" and text not in first.sizes)
    parts, params = [], []
    for number in range(1, count + 1):
        sizes = list(first.sizes)
        if sizes and sizes[axis] != "1":
            sizes[axis] += str(number)
        parts.append(sizes[axis] if sizes else "1")
        params.append(Parameter(f"{first.name}{number}", first.kind, tuple(sizes)))
    names = tuple(parameter.name for parameter in params)
    total = str(count) if set(parts) == {"1"} else " + ".join(parts)
    result = tuple(total if k == axis else text for k, text in enumerate(rule.result))
    torch = rule.torch.replace(f"({first.name}, {last.name})", f"({', '.join(names)},)")
    made: dict[str, Any] = {"adjoints": {}, "jacobians": {}, "repeats": "", "linear": names}
    shown = f"{rule.name}({', '.join(names)})"
    return replace(rule, id=shown, params=tuple(params), result=result, torch=torch, **made)


def unknown_function(call, known):
    from .foreign import suggestion

    otherwise = "matcalc rules lists the functions; --rules FILE adds one, --function declares an unknown one"
    hint = suggestion(call, known) or otherwise
    span = Span(call.span.start, call.span.start + len(call.function))
    return UnknownFunctionError(f"unknown function '{call.function}'", span=span, hint=hint)


def wrong_arguments(call, rules):
    """Return the error for a call whose arguments fit none of the rules of its name."""
    from ..errors import ExpressionSyntaxError

    if call.function in ("max", "min") and len(call.args) == 2 and not call.keywords:
        from ..language.unparse import unparse

        hint = f"write {unparse(replace(call, function=f'{call.function}imum'))}"
        return ExpressionSyntaxError(f"{call.function} takes one array", span=call.span, hint=hint)
    usage = " or ".join(_usage(rule) for rule in rules)
    return ExpressionSyntaxError(f"{call.function} is not called this way", span=call.span, hint=f"write {usage}")


def _usage(rule):
    words = [p.name for p in rule.params]
    for name, value in rule.literals:
        shown = (
            f'"{value[1]}"'
            if isinstance(value, tuple) and value[0] == "string"
            else value[1]
            if isinstance(value, tuple)
            else value
        )
        words.append(f"{name}={shown}" if name else f"{shown}")
    return f"{rule.name}({', '.join(words)})"
