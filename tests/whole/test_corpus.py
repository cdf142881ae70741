"""Every identity of the corpus: answered, right, and as short as the textbook writes it."""


import pytest
from corpus_entries import QUESTIONS, TRAPS, answer
from counted_work import counted
from samples import asked, quick
from tables import in_parts

import matcalc
from matcalc.checks import derivative as numeric_check
from matcalc.checks.problem import Problem
from matcalc.language.syntax import parse_tree
from matcalc.presentation import length
from matcalc.rulebook.conditions import conditions

KINDS = {
    "syntax": matcalc.ExpressionSyntaxError,
    "shape": matcalc.ShapeError,
    "name": matcalc.UnknownNameError,
    "function": matcalc.UnknownFunctionError,
    "limit": matcalc.LimitError,
}


WITH_FORM = [entry for entry in QUESTIONS if "expected" in entry]


def _id(entry):
    return entry["id"]


@pytest.mark.parametrize("points", [1, pytest.param(3, marks=pytest.mark.long)])
@in_parts("entry", QUESTIONS, 16, ids=_id)
def test_answer_agrees_with_torch(entry, points):
    report = answer(entry).check(points=points, seed=1)
    assert report.ok is True, (report.reason, report.detail)


@pytest.mark.parametrize("entry", quick(WITH_FORM, asked, list(map(_id, WITH_FORM))))
def test_textbook_form_has_the_same_value(entry):
    derivative = answer(entry)
    expected = parse_tree(entry["expected"])
    problem = Problem(derivative.query, expected)
    problem.conditions += conditions(expected, problem.facts, derivative.book)
    sampler = problem.sampler(seed=2)
    for _ in range(3):
        point = sampler.draw()
        assert point is not None, sampler.reason
        error, reason, _ = numeric_check.compare(problem, point)
        assert not reason and error <= 1e-6, reason


def test_answers_are_as_short_as_the_textbook():
    longer, measured = [], 0
    for entry in QUESTIONS:
        if "expected" not in entry:
            continue
        measured += 1
        ours, textbook = answer(entry).length, length(parse_tree(entry["expected"]))
        assert ours <= 2 * textbook, (entry["id"], ours, textbook)
        if ours > textbook:
            longer.append((entry["id"], ours, textbook))
    assert measured > 590
    assert len(longer) <= 0.04 * measured, longer


@pytest.mark.parametrize("entry", quick(QUESTIONS, asked, list(map(_id, QUESTIONS)), times=3))
def test_what_is_printed_is_read_back(entry):
    derivative = answer(entry)
    again = matcalc.parse(str(derivative), shapes={**entry["shapes"], **derivative.shapes}, assume=entry.get("assume"))
    assert (
        matcalc.parse(str(again), shapes={**entry["shapes"], **derivative.shapes}, assume=entry.get("assume")) == again
    )


@pytest.mark.parametrize("entry", TRAPS, ids=_id)
def test_traps_are_refused_at_their_place(entry):
    allowed = tuple(KINDS[kind] for kind in [entry["error"], *entry.get("error_alt", [])])
    with pytest.raises(allowed) as refused, counted(most=1_000_000):
        answer(entry)
    assert refused.value.source is not None
    assert refused.value.message and refused.value.hint
