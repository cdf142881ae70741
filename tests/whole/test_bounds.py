"""Every bound of work has a name and a reason in one module, and is met with a message of its own."""

import os
import re
from functools import cache
from pathlib import Path

import numpy
import pytest
from tables import every_row

import matcalc as mc
from matcalc import bounds

PACKAGE = Path(bounds.__file__).parent
NAMES = [name for name in vars(bounds) if name.isupper()]


def refused(function):
    with pytest.raises(mc.LimitError) as caught:
        function()
    assert caught.value.hint
    return caught.value.message


def without_end(x):
    return without_end(x)


ON_THE_WAY = {
    "MAX_CHARACTERS": (lambda: mc.parse("x" * 1_000_001), "has 1000001 characters; at most 1000000 are read"),
    "MAX_TOKENS": (lambda: mc.parse("x+" * 50_001), "more than 100000 words and signs"),
    "MAX_NESTING": (lambda: mc.parse("(" * 6_001), "more than 6000 nested parentheses"),
    "MAX_REPEATS": (lambda: mc.parse("-" * 1_001 + "x"), "'-' is repeated more than 1000 times"),
    "MAX_DIGITS": (lambda: mc.parse("1" * 1_001), "a number of 1001 digits; at most 1000 are read"),
    "MAX_EXPONENT": (lambda: mc.parse("1e401"), "the exponent of '1e401' is beyond 400"),
    "MAX_CONSTANT_BITS": (lambda: mc.parse("sqrt(2)**30000*x"), "a constant power has thousands of digits"),
    "MAX_LDL_ROWS": (lambda: mc.linalg.ldl(numpy.zeros((1_501, 1_501))), "takes at most 1500 rows"),
    "MAX_SCHUR_ROWS": (lambda: mc.linalg.schur([[0] * 121] * 121), "takes at most 120 rows"),
    "MAX_MATRIX_ENTRIES": (lambda: mc.linalg.read_matrix(numpy.zeros((2_000, 2_001))), "the limit is 4000000"),
    "MAX_EXPONENT of an entry": (lambda: mc.linalg.read_matrix("[1e500 2]"), "'1e500' is out of range"),
    "MAX_BASIS_ENTRIES": (lambda: mc.linalg.null_space(numpy.zeros((1, 3_001))), "basis of the null space is too"),
    "MAX_CALLS": (lambda: mc.diff(without_end, "x", shapes={"x": ("n", 1)}), "a function calls itself"),
    "MAX_WRITTEN_ENTRIES": (lambda: mc.diff("A@x", "x", values={"A": numpy.zeros((21, 20))}), "A has 420 entries; at "),
    "MAX_LOOP_TERMS": (
        lambda: mc.parse("sum(x[i]**i for i in n)").evaluate(x=numpy.ones(200_001)), "a sum of 200001 terms"
    ),
    "MAX_INDEX_PARTS": (
        lambda: str(mc.diff("*".join(f"sin({i}*x)" for i in range(1, 90)), shapes={"x": ("n", 1)}).index()),
        "parts, too many to be written out",
    ),
    "MAX_TENSOR_ENTRIES": (
        lambda: mc.diff("A@X@B", "X").index().evaluate(**dict.fromkeys("AXB", numpy.ones((100, 100)))),
        "the array has 100000000 entries, too many to be evaluated",
    ),
    "MAX_POINTS": (lambda: mc.diff("x.T@x").check(points=10_001), "points is 10001, more than 10,000"),
}


@pytest.mark.parametrize("name", ON_THE_WAY)
def test_a_bound_is_met_with_its_message(name):
    use, message = ON_THE_WAY[name]
    assert message in refused(use)


def claim_with_two_wrong_terms(count):
    """Return the report on a sum of terms, of which two have another factor than those of the derivative."""
    terms = [f"A{i}" for i in range(count)]
    shapes = dict.fromkeys([*terms, "X"], ("n", "n"))
    claimed = " + ".join(terms).replace("A3 ", "2*A3 ").replace("A5 ", "3*A5 ")
    return mc.check(" + ".join(f"tr({term}.T@X)" for term in terms), claimed, "X", shapes=shapes)


@pytest.mark.parametrize(("ask", "ok", "words"), [
    # MAX_EXACT_POWER: what is not tried exactly is not called checked
    (lambda: mc.diff("x**10002", shapes={"x": ()}).check(method="exact"), None, "the exponent 10002 is large"),
    # MOST_DIRECTIONS: the terms of a short claim are told apart, a long one is wrong all the same
    (lambda: claim_with_two_wrong_terms(8), False, "the term A3 is doubled; the term 3*A5 should be A5"),
    (lambda: claim_with_two_wrong_terms(41), False, "your formula is not the derivative, nor close to it in a way"),
], ids=["MAX_EXACT_POWER", "below MOST_DIRECTIONS", "MOST_DIRECTIONS"])  # fmt: skip
def test_a_bound_on_what_a_report_looks_for_leaves_it_right(ask, ok, words):
    report = ask()
    assert report.ok is ok and words in str(report)


def test_a_rule_file_without_end_is_not_read_to_its_end(tmp_path):
    path = tmp_path / "endless.rules"
    path.touch()
    os.truncate(path, bounds.MAX_RULE_BYTES + 1)
    assert "has more than 1,000,000 bytes" in refused(lambda: mc.diff("x", rules=[str(path)]))


@cache
def words_of_the_modules():
    """Return all words in capitals that stand in the modules beside that of the bounds."""
    modules = [path for path in PACKAGE.rglob("*.py") if path.name != "bounds.py"]
    return {word for path in modules for word in re.findall(r"\b[A-Z][A-Z0-9_]*\b", path.read_text(encoding="utf-8"))}


@every_row("name", NAMES)
def test_every_bound_has_a_reason_and_is_used(name):
    lines = Path(bounds.__file__).read_text(encoding="utf-8").splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith(f"{name} = "))
    assert lines[place - 1].startswith("# ") and not lines[place - 1].startswith("# --")
    assert name in words_of_the_modules()


def test_what_is_too_large_to_check_is_said_to_be():
    report = mc.diff("x.T@A@x", shapes={"x": (10**9, 1)}).check()
    assert report.ok is None and "too large" in report.reason
