"""The prover and the check of its proofs: bounded, deterministic, and a step that is false is found."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from counted_work import counted

from matcalc.bounds import MAX_CLAIMS
from matcalc.linalg import convex, definite
from matcalc.linalg.convexity.rules import CONVEX_TABLE
from matcalc.proofs.kinds import SIGN
from matcalc.proofs.prover import Claim, Given, Prover, Rule, all_of
from matcalc.proofs.question import rule_names
from matcalc.proofs.steps import Proof
from matcalc.proofs.table import TABLE

PROVED = [
    definite("A.T@A + c*eye(n)", {"c": ["positive"]}),
    definite("diag(p) - p@p.T", {"p": ["simplex"]}),
    definite("P - P@x@x.T@P/(x.T@P@x + 1)", {"P": ["pd"]}),
    definite("diag(exp(x)*(1 - sigmoid(x)))"),
    definite("B.T@P@B", {"P": ["pd"], "B": ["invertible"]}),
    convex("sum(log(1 + exp(-y*(X@w))))", "w"),
    convex("norm(A@x - b) + norm1(x)", "x"),
    convex("x.T@x/(1 + sum(x))", assume={"x": ["positive"]}),
]


def ids(reports):
    return [report.expression.text for report in reports]


# each makes a step say something else than what was proved; None where a step has nothing to change
CHANGES = {
    "another expression": lambda step: replace(step, expression=f"-({step.expression})"),
    "the opposite sign": lambda step: (
        replace(step, negative=not step.negative) if step.kind in ("sign", "definite", "convex") else None
    ),
    "a premise that comes later": lambda step: replace(step, premises=(step.number,)),
    "a rule that there is not": lambda step: replace(step, rule="wishful thinking"),
    "another number": lambda step: replace(step, number=step.number + 1),
}


def says_the_same_of_the_opposite(step):
    """Whether what a step says of u is as true of -u."""
    return step.kind in ("nonzero", "rank", "bound", "affine") or step.rule == "affine"


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("report", PROVED, ids=ids(PROVED))
def test_a_false_step_is_found(report, what):
    assert report.verify(points=2).ok
    changed = 0
    for index, step in enumerate(report.proof.steps):
        false = CHANGES[what](step)
        if false is None or what in ("another expression", "the opposite sign") and says_the_same_of_the_opposite(step):
            continue
        steps = (*report.proof.steps[:index], false, *report.proof.steps[index + 1 :])
        check = replace(report, proof=Proof(steps)).verify(points=2)
        assert check.ok is False and check.step == index + 1, f"{false}: {check}"
        changed += 1
    assert changed


@pytest.mark.parametrize(
    "text", ["A.T@A", "x@x.T", "eye(n) - v@v.T/(v.T@v)", "diag(softmax(x)) - softmax(x)@softmax(x).T"]
)
def test_a_semidefinite_matrix_that_is_called_definite_is_found(text):
    report = definite(text, shapes={"A": ("m", "n")} if "A" in text else None)
    steps = (*report.proof.steps[:-1], replace(report.proof.steps[-1], strict=True))
    assert report.verify(points=6).ok
    assert replace(report, proof=Proof(steps)).verify(points=6).ok is False


def test_saturated_functions_do_not_make_a_true_step_false():
    report = definite("diag(1 - tanh(exp(F@z) - 1)**2)", shapes={"F": ("n", "m"), "z": ("m", 1)})
    assert report.verdict == "positive definite"
    assert report.verify(points=40).ok


def test_a_check_without_points_says_so():
    report = definite("P", {"P": ["pd", "orthogonal", "negative"]})
    check = report.verify()
    assert check.ok is None and "no point" in check.reason


# -- the search ----------------------------------------------------------------------------------------------------


def test_the_search_ends_where_rules_go_round_in_circles():
    def round_and_round(claim, given):
        return (yield from all_of(claim._replace(expression=(claim.expression + 1) % 7)))

    def growing(claim, given):
        return (yield from all_of(claim._replace(expression=claim.expression + 1)))

    for function, most in ((round_and_round, 7), (growing, MAX_CLAIMS)):
        prover = Prover({SIGN: (Rule("circle", "nowhere", function),)}, Given())
        assert not prover.prove(Claim(SIGN, True, 0))
        assert len(prover.known) <= most


DEEP = {
    "sum of 200 Gram matrices": " + ".join(f"A{i}.T@A{i}" for i in range(200)),
    "80 inverses": "(P + inv(" * 80 + "P" + "))" * 80,
    "100 exponentials": "expm(" * 100 + "P" + ")" * 100,
    "100 scalar functions": "(1 + " * 100 + "x.T@x" + ")**2" * 6 + ")" * 94,
    "products that are multiplied out": "(P + eye(n))@" * 12 + "P",
    "12 outer products": " - ".join(f"x{i}@x{(5 * i + 2) % 12}.T" for i in range(12)),
}


@pytest.mark.parametrize("what", DEEP)
def test_large_expressions_are_judged_with_little_work(what):
    text = DEEP[what]
    facts = {"P": ["pd"]} if "P" in text else {}
    shapes = {f"x{i}": ("n", 1) for i in range(12)} if "outer" in what else None
    with counted(most=40_000_000):
        report = definite(text, facts, shapes)
    assert report.verdict


def test_proofs_do_not_depend_on_the_process():
    program = (
        "from matcalc.linalg import definite, convex\n"
        "print(definite('P*Q + diag(x**2) + c*A.T@A', {'P': ['pd'], 'Q': ['pd'], 'c': ['positive']}).proof)\n"
        "print(convex('logsumexp(A@x) + c*norm(x)**2', 'x', {'c': ['positive']}).proof)\n"
    )
    texts = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            check=True,
        )
        texts.add(done.stdout)
    assert len(texts) == 1


def test_every_rule_has_a_name_of_its_own_and_a_source():
    for rules in CONVEX_TABLE.values():
        names = [rule.name for rule in rules]
        assert len(set(names)) == len(names)
        assert all(rule.source and rule.name == rule.name.strip() for rule in rules)


def test_the_rules_of_a_proof_are_in_the_table():
    for report in PROVED:
        names = rule_names(CONVEX_TABLE)
        assert all(step.rule in names[step.kind] and step.source for step in report.proof)


@pytest.mark.parametrize("page, kinds", [
    ("definiteness-rules", TABLE), ("convexity", ("convex", "affine", "matrix convex")),
])
def test_every_rule_is_in_the_documentation(page, kinds):
    text = (Path(__file__).resolve().parents[2] / "docs" / f"{page}.md").read_text(encoding="utf-8")
    for kind in kinds:
        for rule in CONVEX_TABLE[kind]:
            row = f"| {rule.name} | {' '.join(rule.apply.__doc__.split()).rstrip('.')} | {rule.source} |"
            assert row in text, row
