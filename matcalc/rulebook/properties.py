"""What an entry says about its function beyond the derivative: bounds, sign, monotonicity, curvature, short forms.

The readers of the lines ``bounds``, ``sign``, ``definite``, ``monotone``, ``convex``, ``concave``, ``series``,
``short for``, ``shortens``, ``stable`` and ``value`` (``docs/rule-files.md``). The prover, the convexity rules, the
short form and generated code read what they return, so that a user's function is treated as those of the book.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..errors import ArgumentError
from ..language.syntax import Binary, Call, Name, Negate, Number, children, parse_tree, postorder

if TYPE_CHECKING:
    from .entries import Rule

INCREASING, DECREASING = 1, -1
# the predicates that the conditions of these lines may have: what the prover can show and the linter can draw
PREDICATES = ("positive", "nonnegative", "nonzero", "pd", "psd", "symmetric")
_INTERVAL = re.compile(r"(?P<left>[\[(])\s*(?P<low>[^,]+?)\s*,\s*(?P<high>[^,]+?)\s*(?P<right>[\])])$")
_DIRECTION = re.compile(r"(?P<word>increasing|decreasing)(?:\s+(?P<name>[A-Za-z]\w*))?$")


@dataclass(frozen=True)
class Interval:
    """The interval in which all entries of a value lie; ``low_open``: the lower end itself is no value."""

    low: float
    high: float
    low_open: bool
    high_open: bool

    @property
    def positive(self) -> bool:
        return self.low > 0 or self.low == 0 and self.low_open

    @property
    def nonnegative(self) -> bool:
        return self.low >= 0

    @property
    def negative(self) -> bool:
        return self.high < 0 or self.high == 0 and self.high_open

    @property
    def nonpositive(self) -> bool:
        return self.high <= 0

    def within_one(self, strict: bool) -> bool:
        """Whether all values lie between -1 and 1, without these where ``strict``."""
        if not -1 <= self.low <= self.high <= 1:
            return False
        return not strict or (self.low > -1 or self.low_open) and (self.high < 1 or self.high_open)

    @property
    def facts(self) -> frozenset:
        """The declared words that the interval implies."""
        words = {"positive"} if self.positive else {"nonnegative"} if self.nonnegative else set()
        if self.positive and (self.high < 1 or self.high == 1 and self.high_open):
            words.add("unit-interval")
        return frozenset(words)


@dataclass(frozen=True)
class Statement:
    """A formula that holds under conditions (texts), such as the sign of a value."""

    text: str
    where: tuple = ()

    @cached_property
    def tree(self) -> Any:
        """The surface tree of the formula."""
        return parse_tree(self.text)

    @cached_property
    def conditions(self) -> tuple:
        """The conditions as pairs (predicate, surface tree)."""
        calls: Any = map(parse_tree, self.where)
        return tuple((call.function, call.args[0]) for call in calls)


@dataclass(frozen=True)
class Identity:
    """Two sides that are equal under conditions: the left one is replaced by the right one."""

    left: str
    right: str
    where: tuple = ()

    @cached_property
    def left_tree(self) -> Any:
        """The surface tree of what is replaced."""
        return parse_tree(self.left)

    @cached_property
    def right_tree(self) -> Any:
        """The surface tree of what stands there afterwards."""
        return parse_tree(self.right)

    conditions = Statement.conditions


def without_where(text: str) -> tuple[str, tuple]:
    """Return (what stands before ``where``, the conditions behind it as texts)."""
    parts = re.split(r"(?:^|\s+)where\s+", text, maxsplit=1)
    conditions = split_top_level(parts[1], ",") if len(parts) == 2 else []
    return parts[0].strip(), tuple(conditions)


def split_top_level(text: str, separator: str) -> list[str]:
    """Split at separators that stand outside brackets."""
    parts, depth, start = [], 0, 0
    for index, char in enumerate(text):
        depth += (char in "([") - (char in ")]")
        if char == separator and depth == 0:
            parts.append(text[start:index].strip())
            start = index + 1
    parts.append(text[start:].strip())
    return [part for part in parts if part]


def _constant(tree: Any) -> float:
    """Return the number that a tree of numbers, pi and inf stands for; raises ArgumentError for another tree."""
    if isinstance(tree, Number):
        return float(tree.value)
    if isinstance(tree, Name) and tree.id in ("pi", "inf"):
        return getattr(math, tree.id)
    if isinstance(tree, Negate):
        return -_constant(tree.operand)
    if isinstance(tree, Binary) and tree.op in "+-*/":
        left, right = _constant(tree.left), _constant(tree.right)
        if tree.op != "/":
            return {"+": left + right, "-": left - right, "*": left * right}[tree.op]
        if right:
            return left / right
    raise ArgumentError("this is no constant", hint="write a number, pi or inf")


def _interval(rule: Rule, text: str) -> Interval:
    match = _INTERVAL.match(text)
    try:
        low, high = (_constant(parse_tree(match[end])) for end in ("low", "high")) if match else (1.0, 0.0)
    except ArgumentError:
        low, high = 1.0, 0.0
    if match is None or not low <= high:
        rule.fail(f"the bounds '{text}' are no interval", hint="write bounds (-1, 1), or bounds [0, inf)")
    return Interval(low, high, match["left"] == "(", match["right"] == ")")


def _monotone(rule: Rule, text: str) -> tuple:
    """Return the pairs (parameter, direction) and the conditions."""
    text, where = without_where(text)
    varying = [p.name for p in rule.params if p.kind in ("array", "scalar")]
    found = {}
    for item in split_top_level(text, ","):
        match = _DIRECTION.match(item)
        if match is None or match["name"] not in (None, *varying):
            rule.fail(f"'{item}' says no direction", hint=f"write monotone increasing, or decreasing {varying[0]}")
        direction = INCREASING if match["word"] == "increasing" else DECREASING
        found.update(dict.fromkeys([match["name"]] if match["name"] else varying, direction))
    return tuple(found.items()), where


def _identity(rule, text: str) -> Identity:
    """Read ``left``, which is this function then, or ``left = right``, with conditions."""
    text, where = without_where(text)
    sides = split_top_level(text, "=")
    if len(sides) not in (1, 2):
        rule.fail(f"'{text}' is no identity", hint="write an expression, or left = right")
    return Identity(sides[0], sides[1] if len(sides) == 2 else rule.id, where)


def read_property(rule, word: str, rest: str) -> bool:
    """Read a line of these words into the rule; return False where the word is another. Raises RuleFileError."""
    if word in ("bounds", "convex", "concave", "monotone", "series") and getattr(rule, word):
        rule.fail(f"a second line '{word}'", hint="leave one of them out")
    if word == "bounds":
        rule.bounds = _interval(rule, rest)
        rule.gives = rule.gives | rule.bounds.facts
    elif word in ("sign", "definite"):
        getattr(rule, word).append(Statement(*without_where(rest)))
    elif word in ("convex", "concave"):
        text, where = without_where(rest)
        if text:
            rule.fail(f"'{word} {text}' is not understood", hint=f"write {word}, or {word} where positive(X)")
        setattr(rule, word, Statement(rule.id, where))
    elif word == "monotone":
        rule.monotone, rule.monotone_where = _monotone(rule, rest)
    elif word == "series":
        if rest != "nonnegative":
            rule.fail(f"unknown series '{rest}'", hint="write series nonnegative")
        rule.series = rest
    elif word in ("short", "shortens", "stable", "value"):
        if word == "short" and not rest.startswith("for "):
            rule.fail(f"'short {rest}' is not understood", hint="write short for log(1 + exp(X))")
        identity = _identity(rule, rest.removeprefix("for ") if word == "short" else rest)
        kinds = {"stable": rule.stable, "value": rule.known}
        kinds.get(word, rule.shortens).append(identity)
    else:
        return False
    return True


WORDS = (
    *("bounds", "sign", "definite", "monotone", "convex", "concave", "series", "short for", "shortens", "stable"),
    "value",
)


def shown_properties(rule) -> list[tuple[str, str]]:
    """Return the lines of these words as they stand in the file: pairs (word, what follows)."""
    found = [(word, line) for line in rule.lines for word in WORDS if line.split()[: len(word.split())] == word.split()]
    return [(word, line.split(None, len(word.split()))[-1] if line.strip() != word else "") for word, line in found]


def property_formulas(rule) -> list:
    """Return all expressions in these lines as pairs (text, conditions)."""
    found = [(s.text, s.where) for s in (*rule.sign, *rule.definite)]
    found += [(rule.id, s.where) for s in (rule.convex, rule.concave) if s is not None]
    found += [(side, i.where) for i in (*rule.shortens, *rule.stable, *rule.known) for side in (i.left, i.right)]
    return [*found, *([(rule.id, rule.monotone_where)] if rule.monotone else [])]


def weight(tree: Any) -> int:
    """Return how many operations and numbers a tree has; signs and names do not count."""
    return sum(not isinstance(node, (Name, Negate)) for node in postorder(tree))


def condition_of(text: str) -> Call | None:
    """Return the call that a condition is, None where it is none that these lines may have."""
    tree = parse_tree(text)
    if isinstance(tree, Call) and tree.function in PREDICATES and len(tree.args) == 1:
        return tree
    return None


def is_convex_set(text: str) -> bool:
    """Whether a condition holds on a convex set: the sign or definiteness of sums of parameters and numbers."""
    tree = parse_tree(text)
    stack = [tree.args[0]] if isinstance(tree, Call) and tree.function != "nonzero" else [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Negate) or isinstance(node, Binary) and node.op in "+-":
            stack.extend(children(node))
        elif not isinstance(node, (Name, Number)):
            return False
    return True
