"""Random moments against quadrature and sampling; wrong moments are seen; answers are expressions of the language."""

import json
import random
from dataclasses import replace

import pytest
from command_line import matcalc_here
from moments import SHAPES, assumptions, random_question
from tables import every_row

import matcalc
from matcalc.checks.moments import check_moment
from matcalc.errors import NoRuleError
from matcalc.language.syntax import parse_tree


def ask(text, dist, function=matcalc.expectation):
    used = {name: shape for name, shape in SHAPES.items()}
    return function(text, dist, shapes=used, assume=assumptions(text, dist))


def judge(seed, count):
    """Check ``count`` random expectations and variances; return how many were compared."""
    generator, compared = random.Random(seed), 0
    for _ in range(count):
        text, dist = random_question(generator)
        function = matcalc.variance if generator.random() < 0.3 else matcalc.expectation
        try:
            moment = ask(text, dist, function)
        except NoRuleError as error:
            assert function is matcalc.variance and "no closed form" in error.message, (seed, text, dist)
            continue
        report = moment.check(points=1, seed=seed)
        assert report.ok is not False, (seed, function.__name__, text, dist, str(moment), str(report))
        compared += bool(report.ok)
    return compared


def test_random_moments_agree_with_quadrature_and_sampling():
    seed = 20261130
    print("seed", seed)
    assert judge(seed, 6) >= 4


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
def test_many_random_moments_agree_with_quadrature_and_sampling(seed):
    print("seed", seed)
    assert judge(seed, 50) >= 40


@pytest.mark.parametrize(("text", "dist", "wrong"), [
    ("x.T@A@x", "x ~ (m, S)", "tr(A@S) - m.T@A@m"),
    ("x.T@A@x", "x ~ (m, S)", "m.T@A@m"),
    ("x@x.T@A@x", "x ~ N(m, S)", "S@(A + A.T)@m + m.T@A@m*m"),
    ("exp(a.T@x)", "x ~ N(m, S)", "exp(a.T@m + a.T@S@a)"),
    ("X@A@X.T", "X ~ MN(M, U, V)", "M@A@M.T + tr(V)*U"),
    ("W", "W ~ InvWishart(V, nu)", "V/(nu - n + 1)"),
])
def test_wrong_moments_are_seen(text, dist, wrong):
    problem = matcalc.expectation(text, dist).problem
    assert check_moment(problem, 1, 0).ok is True
    report = check_moment(replace(problem, answer=parse_tree(wrong)), 1, 0)
    assert report.ok is False and ("quadrature is off" in report.reason or "standard errors off" in report.reason)


@pytest.mark.parametrize(("text", "dist"), [
    ("x.T@A@x", "x ~ N(mu, S)"), ("(A@x - b)@(C@x - d).T", "x ~ (m, S)"), ("exp(x.T@A@x)", "x ~ N(mu, S)"),
    ("X@A@X.T@X", "X ~ MN(M, U, V)"),
])
def test_answers_are_read_back(text, dist):
    moment = matcalc.expectation(text, dist)
    facts = {name: sorted(words) for name, words in moment.elaborated.facts.items()
             if words and name in str(moment)}
    again = matcalc.parse(str(moment), shapes=moment.shapes, assume=facts)
    assert str(again) == str(moment)


def test_the_names_do_not_depend_on_the_letters():
    one = str(matcalc.expectation("x.T@A@x", "x ~ N(m, S)"))
    other = str(matcalc.expectation("y.T@B@y", "y ~ N(v, Q)"))
    assert other == one.replace("A", "B").replace("S", "Q").replace("m", "v")


def test_the_steps_name_their_sources():
    steps = matcalc.expectation("x.T@A@x", "x ~ (m, S)").steps
    assert [step.expression for step in steps] == ["m.T@A@m", "tr(A@S)", "tr(A@S) + m.T@A@m"]
    assert "Matrix Cookbook 6.2" in steps[1].source


def test_the_command_shows_value_shapes_and_check():
    done = matcalc_here("expect", "x.T@A@x", "--dist", "x ~ (m, S)")
    assert (done.exit_code, done.stdout) == (0, "tr(A@S) + m.T@A@m\n")
    assert "scalar, expectation over x ~ (m, S);  A: n×n, S: n×n psd, m: n×1" in done.stderr
    assert "checked: quadrature at 2 random points" in done.stderr and "seed 0" in done.stderr


def test_the_command_in_json():
    done = matcalc_here("variance", "A@x", "--dist", "x ~ (m, S)", "--json", "--seed", "3")
    record = json.loads(done.stdout)
    assert record["variance"] == "A@S@A.T" and record["shape"] == ["p", "p"] and record["check"]["ok"] is True
    assert record["check"]["seed"] == 3 and record["dist"] == ["x ~ (m, S)"]


@every_row(("arguments", "code", "told"), [
    (["expect", "(x.T@x)**2", "--dist", "x ~ (m, S)"], 3, "needs Gaussian"),
    (["expect", "x.T@x"], 2, "the distribution of a name is missing"),
    (["expect"], 2, "an expression is missing"),
    (["covariance", "x", "--dist", "x ~ (m, S)"], 2, "the second expression is missing"),
    (["expect", "x.T@x", "--dist", "x ~ (m, S)", "--no-check", "--seed", "1"], 2, "leave one of them out"),
    (["expect", "x.T@x", "--dist", "x ~ (m, S)", "--json", "--format", "latex"], 2, "exclude each other"),
])
def test_exit_codes(arguments, code, told):
    done = matcalc_here(*arguments)
    assert done.exit_code == code and told in done.stderr


def test_many_expressions_from_the_standard_input():
    done = matcalc_here("expect", "-", "--dist", "x ~ (m, S)", "--no-check", stdin="x\nx.T@x\ntanh(x)\n")
    assert done.stdout.splitlines() == ["m", "m.T@m + tr(S)"] and done.exit_code == 3
    assert "line 3: needs Gaussian" in done.stderr
