"""The conditions that a derivative needs, of those that its rules ask for.

A function is differentiable where it is continuous and its derivative has a limit (by the mean value theorem). So where
the rules exclude a point, as that of norm(x) does 0, but the function and the derivative that was found, such as
3*norm(x)*x of norm(x)**3, have no gap there, nothing is excluded.
"""

from __future__ import annotations

from ..algebra.build import build
from ..algebra.expressions import ArrayFunction, Power, is_array
from ..language.nodes import Over, operands_of, outside_sums
from ..language.syntax import Binary, Call, Name, Negate, Number, Transpose, children, parse_tree, postorder
from ..language.unparse import unparse
from ..rulebook.conditions import Condition, conditions, conditions_of, constant_value, with_arguments
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
    own_roots = set().union(*[_roots(c.tree) for c in found if str(c) in own and c.predicate in _NOT_ZERO], set())
    gaps = _jumps(tree, facts, book, variable)
    for answer in answers:
        gaps += [*conditions(answer, facts, book), *_poles(answer), *_jumps(answer, facts, book, variable)]
    gaps = [_of_array(c) for c in _kept(gaps, elaborated, book) if not is_idle(c)]
    gaps = [c for c in gaps if str(c) not in own and not (c.predicate in _NOT_ZERO and _roots(c.tree) <= own_roots)]
    needed = [_matching(kink, gaps) for kink in kinks]
    known = set().union(*[_roots(kink.tree) for kink in kinks])
    if any(not _roots(gap.tree) & known for gap in gaps) or any(_has_jumping_terms(a, book) for a in [tree, *answers]):
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
    meant = [gap for gap in gaps if _roots(gap.tree) & roots]
    weaker = [gap for gap in meant if gap.predicate == "nonzero_array"]
    if weaker and kink.predicate == "nonzero" and all(g.predicate in _OF_WHOLE_ARRAYS for g in meant):
        return weaker[0]
    if meant and _is_choice(kink.tree):
        return kink  # of some entries alone, such as those of the largest row
    same = [gap for gap in meant if gap.predicate == kink.predicate and len(str(gap)) < len(str(kink))]
    if same and _roots(same[0].tree) == roots:
        return same[0]
    return kink if meant else None


def _is_choice(tree):
    return isinstance(tree, Call) and tree.function == "where"


def _never_below_zero(condition, elaborated, book):
    """Whether a condition asks for more than 0 of what is never below it, and stands at a power above 0."""
    if condition.predicate != "positive":
        return False
    letters = {size.name: size for shape in elaborated.shapes.values() for d in shape for size in d.free_symbols}
    value = build(condition.tree, {**letters, **elaborated.sizes, **elaborated.symbols}, book)
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
    if isinstance(tree, Binary) and tree.op == "-" and isinstance(tree.left, Name) and isinstance(tree.right, Name):
        return {" - ".join(sorted((tree.left.id, tree.right.id)))}
    return {unparse(tree)}


def _is_never_negative(tree):
    if isinstance(tree, Call):
        return tree.function == "abs"
    exponent = constant_value(tree.right) if tree.op == "**" else None
    return exponent is not None and exponent % 2 == 0


def _poles(tree):
    """Return the conditions of the powers below 0."""
    powers = [n for n in postorder(tree, outside_sums) if isinstance(n, Binary) and n.op == "**"]
    return [Condition("nonzero", n.left) for n in powers if (constant_value(n.right) or 0) < 0]


# -- jumps -------------------------------------------------------------------------------------------------------------


def _jumps(tree, facts, book, variable):
    """Return where a tree is not continuous: the conditions of its functions that are constant but for jumps."""
    varying = {id(n) for n in postorder(tree) if isinstance(n, Name) and n.id == variable}
    for node in postorder(tree):
        if any(id(child) in varying for child in children(node)):
            varying.add(id(node))
    hidden = _without_jump(tree, book)
    found = []
    for node in postorder(tree, outside_sums):
        if isinstance(node, Call) and id(node) in varying:
            found += [c for c in _steps(node, book) if id(node) not in hidden]
            found += hidden.get(id(node), [])
    return found


def _steps(node, book):
    """Return the conditions of a function with the derivative 0 wherever it has one, [] for any other."""
    rule = book.lookup(node)[-1]
    if not rule.differentials or any(not formula.text.startswith("0*") for formula in rule.differentials):
        return []
    arguments = {p.name: arg for p, arg in zip(rule.params, node.args)}
    return [with_arguments(parse_tree(text), arguments) for f in rule.differentials for text in f.where]


def _has_jumping_terms(tree, book):
    """Return whether a term of a sum over an index has a jump, of which nothing can be said outside of the sum."""
    terms = [part for node in postorder(tree) if isinstance(node, Over) for part in children(node)]
    return any(_steps(n, book) for term in terms for n in postorder(term, outside_sums) if isinstance(n, Call))


def _without_jump(tree, book):
    """Return {id of a step in a product that is 0 at its jump: the conditions that are left}: x*sign(x)."""
    found = {}
    for node in postorder(tree):
        if isinstance(node, Call) and node.function == "where" and len(node.args) == 3:
            chosen, *values = node.args
            at_zero = isinstance(chosen, Call) and [c for c in _steps(chosen, book) if c.predicate == "nonzero"]
            if at_zero and all(constant_value(v) == 0 or _zeros(v, book) & _roots(at_zero[0].tree) for v in values):
                found[id(chosen)] = found[id(node)] = []
        if not (isinstance(node, Binary) and node.op == "*"):
            continue
        factors = operands_of(node, "*")
        for factor in factors:
            if isinstance(factor, Call) and len(factor.args) >= 1:
                rest = [other for other in factors if other is not factor]
                at_zero = all(condition.predicate == "nonzero" for condition in _steps(factor, book))
                zeros = [_zeros(other, book) for other in rest if not _is_step(other)]
                if at_zero and any(_roots(factor.args[0]) & places for places in zeros):
                    found[id(factor)] = []
                chosen = [unparse(r.args[0]) for r in rest if isinstance(r, Call) and r.function == "hardmax"]
                if factor.function == "sign" and f"abs({unparse(factor.args[0])})" in chosen:
                    found[id(factor)] = [Condition("nonzero_array", factor.args[0])]
    return found


def _zeros(tree, book):
    """Return the texts of what is 0 where a factor is: those of its roots, and for relu(x) x as well."""
    found = _roots(tree)
    while _is_root(tree):
        tree = tree.left if isinstance(tree, Binary) else tree.args[0]
    return found | (_roots(tree.args[0]) if _is_flat(tree, book) else set())


def _is_root(tree):
    if isinstance(tree, Call):
        return tree.function == "sqrt"
    return isinstance(tree, Binary) and tree.op == "**" and (constant_value(tree.right) or 0) > 0


def _is_step(tree):
    return isinstance(tree, Call) and tree.function in ("sign", "heaviside", "hardmax")
