"""Numbers outside the domain of a function: the order -1 of a norm, erfinv(1), an upper end below the lower one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from sympy import Expr

from ..algebra.build import build
from ..errors import DomainError
from ..language.syntax import Call, Name, Tree, names, parse_tree, postorder
from ..rulebook.conditions import constant_value, with_arguments
from ..rulebook.entries import Book, Rule, size_tree
from ..words import CONSTANTS

_OF_NUMBER = re.compile(r"(positive|integer)\((?:(\d+) - )?(\w+)\)")
_OF_TWO = re.compile(r"positive\((\w+) - (\w+)\)")
_BELOW = re.compile(r"positive\((\d+) - (\w+)\)")
# predicate: what a number lacks that breaks it, and how far it is beyond the end of the domain
_ENDS: dict[str, tuple[str, Callable[[Expr], Expr]]] = {
    "positive": ("positive", lambda value: -value),
    "inside_unit": ("between -1 and 1", lambda value: abs(value) - 1),
    "above_minus_one": ("above -1", lambda value: -1 - value),
}


def refuse_numbers(node: Call, rule: Rule, book: Book) -> None:
    """Raise DomainError for a number that is not in the domain of a function, and where two numbers leave it no domain.

    A number on the bounds of an interval has a value where the function is continuous, as quantile(x, 1).
    """
    _refuse_parameters(node, rule)
    if rule.sympy or not any(map(_is_number, node.args)):  # SymPy says itself what has no value
        return
    arrays = {parameter.name for parameter in rule.params if parameter.kind == "array"}
    for text, tree, value in _conditions(node, rule, rule.where, arrays, book):
        what, beyond = _ENDS[text.partition("(")[0]]
        if beyond(value) > 0 or beyond(value) == 0 and not _reaches_its_ends(rule):
            below = _BELOW.fullmatch(text)
            _refuse(node, rule, _parameter(text), f"below {below[1]}" if below else what, tree)
    slopes = [text for formula in rule.differentials for text in formula.where if _OF_TWO.fullmatch(text)]
    for text, tree, value in _conditions(node, rule, slopes, arrays, book):
        match = _OF_TWO.fullmatch(text)
        if match and value < 0:
            _refuse(node, rule, match[1], f"at least {match[2]}", tree)


def _refuse_parameters(node: Call, rule: Rule) -> None:
    """Raise for a number in the place of a scalar parameter that is not in its interval, or no whole number."""
    bounded = {match[3] for text in rule.where if (match := _OF_NUMBER.fullmatch(text)) and match[2]}
    for text in rule.where:
        match = _OF_NUMBER.fullmatch(text)
        for parameter, arg in zip(rule.params, node.args):
            if match is None or parameter.name != match[3] or parameter.kind != "scalar":
                continue
            value = constant_value(arg)
            if value is None:
                continue
            if match[2]:
                right, what = value <= int(match[2]), f"at most {match[2]}"
            elif match[1] == "positive":
                right, what = value > 0 or value == 0 and match[3] in bounded, "positive"
            else:
                right, what = value.denominator == 1, "a whole number"
            if not right:
                _refuse(node, rule, match[3], what, arg)


def _refuse(node: Call, rule: Rule, parameter: str, what: str, tree: Tree) -> None:
    message = f"{node.function} needs {parameter} to be {what}"
    raise DomainError(message, span=tree.span, hint=f"see {rule.id}")


def _parameter(text: str) -> str:
    return next(iter(names(size_tree(text))))


def _conditions(node: Call, rule: Rule, texts: Any, arrays: set, book: Book) -> Iterator[tuple[str, Tree, Expr]]:
    """Yield (text, the argument it speaks of first, its value) of conditions on arrays that are numbers here."""
    arguments = {p.name: arg for p, arg in zip(rule.params, node.args)}
    for text in texts:
        if text.partition("(")[0] not in _ENDS:
            continue
        condition = parse_tree(text)
        used = list(names(condition))
        if not arrays.issuperset(used) or not all(_is_number(arguments[name]) for name in used):
            continue
        value = build(with_arguments(condition, arguments).tree, {}, book)
        if value.is_number and value.is_real:
            yield text, arguments[used[0]], value


def _is_number(tree: Tree) -> bool:
    """Whether a tree is made of numbers and constants such as pi alone."""
    if isinstance(tree, Name):
        return tree.id in CONSTANTS
    return all(not isinstance(part, Name) or part.id in CONSTANTS for part in postorder(tree))


def _reaches_its_ends(rule: Rule) -> bool:
    """Whether a function has a value at the ends of its domain: its values reach their own, as those of sqrt do."""
    return rule.bounds is not None and bool(rule.monotone) and not rule.bounds.low_open
