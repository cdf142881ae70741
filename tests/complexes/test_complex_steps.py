"""Derivations by complex names: their lines, that each of them is true, and that a false one is found."""

import random
from dataclasses import replace

import pytest
from random_complex import COMPLEX, SHAPES, column, number, real_number

import matcalc
from matcalc.checks.tangents import check_tangents
from matcalc.language.syntax import names, parse_tree
from matcalc.steps.step import DERIVATIVE, TANGENT

C = ["complex"]


def derivative(text, wrt, assume, **options):
    return matcalc.diff(text, wrt, assume={n: w for n, w in assume.items() if n in names(parse_tree(text))}, **options)


def test_a_derivation_has_both_tangents_and_the_rules():
    steps = derivative("norm(A@z - b)**2", "conj(z)", {"A": C, "z": C}).steps
    assert [str(step) for step in steps] == [
        "f = norm(r)**2 = r.H@r", "df = dr.H@r + r.H@dr = r.T@conj(dr) + r.H@dr", "dr = A@dz",
        "df = r.T@conj(A@dz) + r.H@A@dz = (A.T@conj(r)).T@dz + (A.H@r).T@conj(dz)",
        "df/dz = A.T@(conj(A@z) - b)", "df/dconj(z) = A.H@(A@z - b)"]
    assert [step.kind for step in steps][-2:] == [TANGENT, DERIVATIVE]
    assert "d conj(X) = conj(dX)" in steps[1].text and "Hjørungnes (2011), 3.2" in steps[1].source
    assert "independent of one another" in steps[3].text


LINES = [  # text, by, declared, a line that stands in the derivation
    ("logdet(eye(n) + Z@Z.H)", "conj(Z)", {"Z": C}, "df = tr(inv(M)@dM)"),
    ("w.H@R@w/(w.H@S@w)", "conj(w)", {"w": C, "R": ["hermitian"], "S": ["hermitian"]}, "df = ds/t - s*dt/t**2"),
    ("sum(exp(z))", "z", {"z": C}, "df/dconj(z) = zeros(n)"),
    ("abs(c)**2", "c", {"c": C}, "df = dc*conj(c) + c*conj(dc) = conj(c)*dc + c*conj(dc)"),
    ("Z@Z.H", "Z", {"Z": C}, "dY = dZ@Z.H + Z@dZ.H"),
    ("logdet(H)", "H", {"H": ["complex", "pd"]}, "df = tr(inv(H)@dH)"),
    ("norm(abs(A@z)**2 - b)**2", "conj(z)", {"A": C, "z": C}, "dr = du*conj(u) + u*conj(du)"),
    ("norm(x*z)**2", "x", {"z": C}, "du = dx*z"),
    ("real(z.H@A@z)", "z", {"z": C}, "f = real(s) = (s + conj(s))/2"),
]


@pytest.mark.parametrize(("text", "wrt", "assume", "line"), LINES, ids=[row[0] for row in LINES])
def test_lines_that_a_teacher_would_write(text, wrt, assume, line):
    found = derivative(text, wrt, assume)
    assert line in [str(step) for step in found.steps]
    assert found.check_steps(points=1).ok
    assert str(found.steps[-1]).endswith(str(found))


@pytest.mark.parametrize(("convention", "line"), [
    ("torch", "torch's .grad = z/norm(z)"), ("jax", "JAX's grad = conj(z)/norm(z)")])
def test_the_gradient_of_a_library_is_twice_a_tangent(convention, line):
    found = derivative("norm(z)", "z", {"z": C}, convention=convention)
    assert line in str(found.derivation) and found.check_steps(points=1).ok
    assert r"\text{" + line.partition(" =")[0] in found.derivation.latex()


def test_a_false_line_is_found():
    found = derivative("norm(A@z - b)**2", "conj(z)", {"A": C, "z": C})
    right, tangents = found.derivation, {name: found.tangent(name) for name in found.tangents}
    for place, wrong in ((0, "r.T@r"), (1, "r.T@dr + r.H@dr"), (2, "conj(A)@dz"), (4, "A.H@(A@z - b)")):
        steps = [replace(s, forms=(wrong,)) if n == place else s for n, s in enumerate(right.steps)]
        report = check_tangents(replace(right, steps=tuple(steps)), found, tangents, points=1)
        assert report.ok is False and f"line {place + 1}" in report.reason


def test_other_notations_and_records():
    found = derivative("norm(A@z - b)**2", "conj(z)", {"A": C, "z": C}).derivation
    assert r"\frac{\partial f}{\partial \overline{z}} &= A^{\mathsf H} \left(A z - b\right)" in found.latex()
    assert "∂f/∂z̄ = Aᴴ (A z - b)" in found.unicode()
    assert found.records()[-2]["kind"] == "tangent"


@pytest.mark.parametrize("text", ["norm(sign(z), 3)", "(b - b)/norm(z)", "conj(z*z)", "conj(exp(A@z)).H@z"])
def test_what_is_zero_or_conjugated_at_the_end_is_evaluated(text):
    assert derivative(text, "z", {"z": C, "A": C}).check_steps(points=1).ok


def false_derivations(seeds):
    wrong = []
    for seed in seeds:
        rng = random.Random(seed)
        text = (real_number, number, column)[seed % 3](rng, rng.randrange(1, 3))
        used = names(parse_tree(text))
        shapes = {name: shape for name, shape in SHAPES.items() if name in used}
        if "z" in used:
            found = derivative(text, ("z", "conj(z)")[seed // 3 % 2], COMPLEX, shapes=shapes)
            report = found.check_steps(points=1, seed=seed)
            if report.ok is not True:
                wrong.append((seed, text, report.reason))
    return wrong


def test_every_line_of_random_derivations_holds():
    assert false_derivations(range(6)) == []


@pytest.mark.long
def test_every_line_of_many_random_derivations_holds():
    assert false_derivations(range(2000, 2300)) == []
