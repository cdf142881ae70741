"""Systematic mutations of the shipped rules' formulas are noticed: the verification of rules is itself tested.

A mutation that is equal by mathematics (an identity within the domain of the rule) is told by its value at
points of its own, and left out.
"""

from dataclasses import replace
from itertools import islice

import pytest
import torch
from tables import in_parts

from matcalc.checks.rules import verify_rule
from matcalc.errors import MatcalcError, RuleFileError
from matcalc.evaluation.trials import Line, trials
from matcalc.language.syntax import Binary, Call, Name, Negate, Number, Transpose, postorder
from matcalc.language.unparse import unparse
from matcalc.rulebook.entries import Formula
from matcalc.rulebook.files import standard_rules

OTHER = {"+": "-", "-": "+", "*": "/", "/": "*"}
SEEDS = (11, 12, 13)


def mutants_of_node(node):
    """Yield what a slip of the pen could make of one node."""
    if isinstance(node, (Negate, Transpose)):
        yield node.operand
    if isinstance(node, Number):
        yield Number(node.value + 1)
        yield Number(2 * node.value)
    if isinstance(node, Name):
        yield Transpose(node)
    if isinstance(node, Binary):
        if node.op in OTHER:
            yield Binary(OTHER[node.op], node.left, node.right)
        if node.op in "+-@":
            yield node.left
            yield node.right
        if node.op in ("@", "-", "/"):
            yield Binary(node.op, node.right, node.left)
        if node.op == "@":
            yield Binary("*", node.left, node.right)
    if isinstance(node, Call) and node.function not in ("d", "eye", "ones", "comm") and len(node.args) == 1:
        yield node.args[0]
    if not isinstance(node, Number):
        yield Binary("*", Number(2), node)
        yield Negate(node)


def rebuilt(root, old, new):
    """Return the tree with one node replaced; size arguments of constants are copied as they are."""
    made = {}
    for node in postorder(root):
        if node is old:
            made[id(node)] = new
        elif isinstance(node, (Negate, Transpose)):
            made[id(node)] = type(node)(made[id(node.operand)])
        elif isinstance(node, Binary):
            made[id(node)] = Binary(node.op, made[id(node.left)], made[id(node.right)])
        elif isinstance(node, Call):
            args = tuple(made[id(arg)] for arg in node.args)
            made[id(node)] = Call(node.function, args, node.keywords)
        else:
            made[id(node)] = node
    return made[id(root)]


def inside_sizes(root):
    """Return the ids of the nodes that are arguments of constants such as eye(n): they are not formulas."""
    calls = [node for node in postorder(root) if isinstance(node, Call) and node.function in ("eye", "ones", "comm")]
    return {id(inner) for call in calls for arg in call.args for inner in postorder(arg)}


def slips(tree):
    """Yield (node, what stands there instead) for every slip of the pen in a tree."""
    skipped = inside_sizes(tree)
    for node in postorder(tree):
        if id(node) not in skipped:
            for changed in mutants_of_node(node):
                yield node, changed


def mutants(tree, every):
    """Yield the trees with one slip, of which each ``every``-th is made."""
    for node, changed in islice(slips(tree), 0, None, every):
        yield rebuilt(tree, node, changed)


def formulas(rule):
    """Yield (kind, tree, conditions, the rule with another tree there) for each formula of a rule."""
    for index, formula in enumerate(rule.differentials):
        def other(tree, index=index, formula=formula):
            found = list(rule.differentials)
            found[index] = Formula(unparse(tree), formula.where)
            return replace(rule, differentials=found)

        yield "d", formula.right, formula.where, other
    if rule.commuting:
        yield "commuting", rule.commuting.right, (), lambda tree: replace(rule, commuting=Formula(unparse(tree), ()))
    for kind in ("adjoints", "jacobians"):
        for name, formula in getattr(rule, kind).items():
            def other(tree, kind=kind, name=name):
                return replace(rule, **{kind: {**getattr(rule, kind), name: Formula(unparse(tree), ())}})

            yield kind, formula.right, (), other
    if rule.means is not None:
        def other(tree):
            return replace(rule, values={**rule.values, "means": unparse(tree)})

        yield "means", rule.means, (), other


def known(trial, kind):
    """Return values for the names of a formula that are not parameters: dX or G."""
    if kind == "commuting":
        X = trial.first
        return {"d" + trial.rule.params[0].name: 2 * X - X @ X}
    if kind == "adjoints":
        return {"G": trial.random(trial.value().shape)}
    return trial.changes if kind == "d" else {}


def equivalent(rule, book, kind, tree, mutant, where):
    """Return whether two formulas have the same value at all points of some other seeds."""
    for seed in SEEDS:
        for trial in trials(rule, book, Line("", None, tuple(where)), seed):
            values = known(trial, kind)
            try:
                one, other = trial.formula(tree, **values), trial.formula(mutant, **values)
            except MatcalcError:
                return False
            if one.shape != other.shape:
                if kind != "means" or other.numel() != 1:
                    return False
            if not torch.allclose(one, other.expand(one.shape), rtol=1e-9, atol=0):
                return False
    return True


def unnoticed(rule, book, every):
    """Return (number of mutants that are not equivalent, those among them that verify_rule lets through)."""
    count, missed = 0, []
    for kind, tree, where, other in formulas(rule):
        for mutant in mutants(tree, every):
            try:
                verify_rule(other(mutant), book)
            except RuleFileError:
                count += 1
                continue
            if not equivalent(rule, book, kind, tree, mutant, where):
                count += 1
                missed.append((kind, mutant))
    return count, missed


@in_parts("rule", [rule for rule in standard_rules() if rule.torch], 16, ids=lambda rule: rule.id)
def test_mutants_of_a_rule_are_noticed(rule, book):
    _, missed = unnoticed(rule, book, every=11)
    assert not missed, [f"{kind}: {unparse(tree)}" for kind, tree in missed]


@pytest.mark.long
def test_every_mutant_of_every_rule_is_noticed(book):
    counts = 0
    for rule in standard_rules():
        if rule.torch:
            count, missed = unnoticed(rule, book, every=1)
            counts += count
            assert not missed, [f"{rule.id} {kind}: {unparse(tree)}" for kind, tree in missed]
    assert counts > 1500
