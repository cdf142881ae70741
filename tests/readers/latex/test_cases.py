"""Choices by cases in LaTeX, as papers write them."""

import pytest
from tables import every_row

import matcalc


@every_row(("text", "meant"), [
    (r"\begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}", "where(x > 0, x, 0)"),
    (r"f(x) = \begin{cases} x, & \text{if } x \ge 0, \\ e^x - 1, & \text{if } x < 0. \end{cases}",
     "where(x >= 0, x, exp(x) - 1)"),
    (r"\begin{dcases} x & \mbox{for $0 \le x$} \\ -x & \mbox{for $0 > x$} \\ \end{dcases}", "where(0 <= x, x, -x)"),
    (r"\sum_i \begin{cases} \frac12 r_i^2 & |r_i| \le \delta \\ \delta (|r_i| - \frac12 \delta) & \text{else}"
     r" \end{cases}",
     "sum(where(abs(r) <= delta, r**2/2, delta*(abs(r) - delta/2)))"),
    (r"\begin{cases} x & -1 \le x \le 1 \\ 0 & \text{else} \end{cases}", "where(logical_and(-1 <= x, x <= 1), x, 0)"),
    (r"A \begin{cases} x & \text{if } x > 0 \text{ and } y < 1 \\ y & \text{otherwise,} \end{cases}",
     "A@where(logical_and(x > 0, y < 1), x, y)"),
    (r"\begin{cases} 1 & x > 0 \\ 0 & x = 0 \\ -1 & x < 0 \end{cases}", "where(x > 0, 1, where(x == 0, 0, -1))"),
    (r"2 \begin{cases} x^\top x & c \ne 0 \\ 1 & c = 0 \end{cases}", "2*where(c != 0, x.T@x, 1)"),
])  # fmt: skip
def test_cases_are_a_choice(text, meant):
    assert matcalc.parse(text, syntax=None).expression == matcalc.parse(meant).expression


@pytest.mark.parametrize(("last", "said"), [("x \\le 0", False), ("0 \\ge x", False), ("x < 0", True), ("y < 0", True)])
def test_a_last_condition_that_is_not_what_is_left_is_said(last, said):
    found = matcalc.parse(rf"\begin{{cases}} x & x > 0 \\ y & {last} \end{{cases}}", syntax="latex")
    assert any("the last case is taken" in str(note) for note in found.notes) is said
