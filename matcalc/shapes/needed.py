"""The conditions that a derivative needs, of those that its rules ask for.

A function is differentiable where it is continuous and its derivative has a limit (by the mean value theorem). So where
the rules exclude a point, as that of norm(x) does 0, but the function and the derivative that was found, such as
3*norm(x)*x of norm(x)**3, have no gap there, nothing is excluded.
"""

from __future__ import annotations

from ..algebra.expressions import ArrayFunction, Power, is_array
from ..language.nodes import outside_sums
from ..language.syntax import Binary, Call, Negate, Number, Transpose, postorder
from ..language.unparse import unparse
from ..rulebook.conditions import Condition, conditions, conditions_of, constant_value
from .jumps import Jumps, built, covers, zero_text
from .known import always_holds

# 0 exactly where their argument is
_LIKE_ARGUMENT = frozenset({"abs", "norm", "norm1", "norm2", "sqrt"})
_NOT_ZERO = ("nonzero", "nonzero_array", "positive", "invertible")
_OF_WHOLE_ARRAYS = ("nonzero_array", "unique_maximum")


def needed_conditions(elaborated, answers, book, variable):
    """Return the conditions under which a derivative holds.

    ``answers``: the surface trees of the derivatives up to the order that is meant, as they are printed.
    """
    tree, facts = elaborated.tree, elaborated.facts
    found = _kept(conditions(tree, facts, book, variable), elaborated, book)
    open_powers = _open_powers([tree, *answers], book)

    def is_idle(condition):
        return str(condition) not in open_powers and _never_below_zero(condition, elaborated, book)

    own = {str(c) for c in conditions(tree, facts, book) if not is_idle(c)}
    kinks = [c for c in found if str(c) not in own]
    if not kinks:
        return found
    jumps = Jumps(elaborated, book, variable)
    excluded = frozenset().union(*[jumps.places(c) for c in found if str(c) in own and c.predicate in _NOT_ZERO])
    gaps = jumps.of(tree)
    for answer in answers:
        gaps += [*conditions(answer, facts, book), *_poles(answer), *jumps.of(answer)]
    gaps = [_of_array(c) for c in _kept(gaps, elaborated, book) if not is_idle(c)]
    gaps = [c for c in gaps if str(c) not in own]
    gaps = [c for c in gaps if not (c.predicate in _NOT_ZERO and covers(excluded, jumps.places(c)))]
    needed = [_matching(kink, gaps) for kink in kinks]
    known = set().union(*[_roots(kink.tree) for kink in kinks])
    if any(not _roots(gap.tree) & known for gap in gaps) or any(map(jumps.are_hidden, [tree, *answers])):
        return found  # a gap that is not understood
    kept = dict(zip(kinks, needed))
    return list({str(c): c for c in (kept.get(c, c) for c in found) if c is not None}.values())


def _of_array(condition):
    """Return nonzero_array(x) for nonzero(norm(x, p)): single entries may be 0."""
    tree = condition.tree
    while isinstance(tree, Binary) and _is_root(tree):
        tree = tree.left
    of_norm = isinstance(tree, Call) and tree.function == "norm" and not tree.keywords
    return Condition("nonzero_array", tree.args[0]) if of_norm and condition.predicate == "nonzero" else condition


def _open_powers(trees, book):
    """Return the conditions (as texts) of powers whose exponents are not known: they may be below 0."""
    powers = [n for tree in trees for n in postorder(tree) if isinstance(n, Binary) and n.op == "**"]
    found = [c for n in powers if constant_value(n.right) is None for c in conditions_of(n, book, False)]
    return {str(c) for c in found if not _is_flat(c.tree, book)}


def _is_flat(tree, book):
    """Whether a function is 0 wherever its argument is below 0, as relu is."""
    rule = book.lookup(tree)[-1] if isinstance(tree, Call) else None
    return rule is not None and rule.values.get("nonpositive", "").startswith("zeros(")


def _kept(found, elaborated, book):
    return [condition for condition in found if not always_holds(condition, elaborated, book)]


def _matching(kink, gaps):
    """Return the condition that the gaps at a kink make, None where there are none."""
    roots = _roots(kink.tree)
    meant = [gap for gap in gaps if _roots(gap.tree) & roots and _are_of_a_kind(kink, gap)]
    weaker = [gap for gap in meant if gap.predicate == "nonzero_array"]
    if weaker and kink.predicate == "nonzero" and all(g.predicate in _OF_WHOLE_ARRAYS for g in meant):
        return weaker[0]
    if meant and _is_choice(kink.tree):
        return kink  # of some entries alone, such as those of the largest row
    same = [gap for gap in meant if gap.predicate == kink.predicate and len(str(gap)) < len(str(kink))]
    if same and (_roots(same[0].tree) == roots or len(meant) == 1 and _roots(same[0].tree) < roots):
        return same[0]
    return kink if meant else None


def _are_of_a_kind(kink, gap):
    """Whether both speak of zeros, or both of ties."""
    return (kink.predicate in _NOT_ZERO) == (gap.predicate in _NOT_ZERO)


def _is_choice(tree):
    return isinstance(tree, Call) and tree.function == "where"


def _never_below_zero(condition, elaborated, book):
    """Whether a condition asks for more than 0 of what is never below it, and stands at a power above 0."""
    if condition.predicate != "positive":
        return False
    value = built(condition.tree, elaborated, book)
    if not is_array(value):
        return bool(value.is_nonnegative)
    even = isinstance(value, Power) and value.args[1].is_even
    gives = value.rule.gives if isinstance(value, ArrayFunction) else ()
    return bool(value.sign == 1 or even or {"nonnegative", "positive"} & set(gives))


def _roots(tree):
    """Return the texts of what is 0 where a product, a quotient or a power is: x for 2*sqrt(abs(x))."""
    if isinstance(tree, Number):
        return set()
    if isinstance(tree, (Negate, Transpose)):
        return _roots(tree.operand)
    if isinstance(tree, Binary) and tree.op in "*/":
        return _roots(tree.left) | _roots(tree.right)
    if isinstance(tree, Binary) and tree.op == "**" and constant_value(tree.right) is not None:
        return _roots(tree.left)
    if isinstance(tree, Binary) and tree.op == "@" and unparse(Transpose(tree.right)) == unparse(tree.left):
        return _roots(tree.right)
    if _is_choice(tree):
        return _roots(tree.args[1]) | _roots(tree.args[2])
    if isinstance(tree, Call) and tree.function in _LIKE_ARGUMENT and tree.args:
        if tree.keywords:  # of each row or column: 0 where one of them is
            return {unparse(tree)}
        return _roots(tree.args[0])
    if isinstance(tree, Call) and tree.function == "sum" and isinstance(tree.args[0], (Call, Binary)):
        return _roots(tree.args[0]) if _is_never_negative(tree.args[0]) else {unparse(tree)}
    return {zero_text(tree)}


def _is_never_negative(tree):
    if isinstance(tree, Call):
        return tree.function == "abs"
    exponent = constant_value(tree.right) if tree.op == "**" else None
    return exponent is not None and exponent % 2 == 0


def _poles(tree):
    """Return the conditions of the powers below 0."""
    powers = [n for n in postorder(tree, outside_sums) if isinstance(n, Binary) and n.op == "**"]
    return [Condition("nonzero", n.left) for n in powers if (constant_value(n.right) or 0) < 0]


def _is_root(tree):
    if isinstance(tree, Call):
        return tree.function == "sqrt"
    return isinstance(tree, Binary) and tree.op == "**" and (constant_value(tree.right) or 0) > 0
