"""Names that an entry cannot have: those of another function, and a signature that another entry takes already."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .entries import Parameter, Rule


def refuse_clashes(rule: Rule, by_name: dict[str, list[Rule]]) -> None:
    """Raise RuleFileError where a name of an entry is taken; ``by_name``: the entries before it by all their names."""
    for name in (rule.name, *rule.alias):
        for other in by_name.get(name, ()):
            if other.name != rule.name:
                what = f"a name of {other.name}" if other.name != name else "a function"
                rule.fail(f"'{name}' is {what} already ({other.file}, line {other.line})", hint="use another name")
    if len(set(rule.alias) | {rule.name}) <= len(rule.alias):
        rule.fail("a name stands twice among its names", hint="leave one of them out of the line alias")
    for other in by_name.get(rule.name, ()):
        if takes_all(other, rule):
            rule.fail(
                f"{other.id} ({other.file}, line {other.line}) comes before it and takes the same arguments",
                hint="use another name: this entry would never be used",
            )


def takes_all(first: Rule, second: Rule) -> bool:
    """Return whether every call that fits the second of two entries fits the first: the second is never used then."""
    if not (first.callable and second.callable) or first.repeats or second.repeats:
        return False
    if first.literals != second.literals or len(first.params) != len(second.params):
        return False
    if first.elementwise and len(first.params) == 1 and first.params[0].kind == "array":
        return second.params[0].kind in ("array", "scalar")
    found: dict[str, str] = {}
    return all(_takes(one, other, found) for one, other in zip(first.params, second.params))


def _takes(one: Parameter, other: Parameter, found: dict[str, str]) -> bool:
    """Return whether a parameter takes all that another takes; ``found``: what the letters of its sizes stand for."""
    if one.kind != "array" or other.kind not in ("array", "scalar"):
        return one.kind == other.kind
    for letter, size in zip(one.sizes, other.sizes or ("1", "1"), strict=True):
        if (letter if letter.isdigit() else found.setdefault(letter, size)) != size:
            return False
    return True
