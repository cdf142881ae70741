"""The exact check of derivations: true lines hold to 50 digits, and a line that is off by 1e-12 does not."""

from dataclasses import replace

import pytest
from corpus_entries import QUESTIONS, answer

import matcalc
from matcalc.checks.exact_steps import check_steps_exactly
from matcalc.errors import MatcalcError

DERIVATIVES = [
    matcalc.diff("norm(A@x - b)**2", wrt="x"),
    matcalc.diff("logdet(X@X.T)", wrt="X"),
    matcalc.diff("sum(sigmoid(A@x))", wrt="x", order=2),
    matcalc.diff("A@tanh(W@x)", wrt="x"),
    matcalc.diff("tr(S@S@A)", wrt="S", assume={"S": ["symmetric"]}, structure="projected"),
    matcalc.diff("eigmax(A + x*B)", wrt="x", shapes={"x": ()}, assume={"A": ["symmetric"], "B": ["symmetric"]}),
]


@pytest.mark.parametrize("derivative", DERIVATIVES, ids=str)
def test_every_line_holds(derivative):
    report = check_steps_exactly(derivative.derivation, derivative)
    assert report.ok and report.exact_points == 2, report


@pytest.mark.parametrize("entry", QUESTIONS[7::60], ids=lambda entry: entry["id"])
def test_lines_of_the_corpus(entry):
    derivative = answer(entry)
    try:
        derivation = derivative.whole.derivation
    except MatcalcError:
        return
    assert check_steps_exactly(derivation, derivative.whole).ok is not False


@pytest.mark.parametrize("derivative", DERIVATIVES[:5], ids=str)
def test_a_line_that_is_off_by_rounding_is_found(derivative):
    derivation = derivative.derivation
    for index, step in enumerate(derivation.steps):
        forms = (*step.forms[:-1], f"({step.forms[-1]})*(1 + 1e-12)")
        steps = [*derivation.steps[:index], replace(step, forms=forms), *derivation.steps[index + 1:]]
        report = check_steps_exactly(replace(derivation, steps=tuple(steps)), derivative)
        assert report.ok is False and report.reason.startswith(f"line {index + 1}, "), (str(step), report)
        assert report.verdicts == (*[True] * index, False, *[None] * (len(steps) - index - 1))


def test_both_checks_are_made():
    report = DERIVATIVES[0].check_steps()
    assert report.ok and report.exact_points == 2 and report.max_error is not None
    alone = DERIVATIVES[0].check_steps(method="exact")
    assert str(alone) == f"all {len(DERIVATIVES[0].steps)} lines hold to 50 digits at 2 points"
