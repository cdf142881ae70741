"""Long answers name what they repeat: r = A@x - b; 2*A.T@r."""

import pickle
import re
from random import Random

import pytest
from random_expressions import ASSUME, SHAPES, Generator

import matcalc
from matcalc.language.syntax import parse_program


def filter_steps(count):
    """Return ``count`` steps of a Kalman filter as a program, and the shapes of its names."""
    lines, terms = ["P0 = P"], []
    for i in range(count):
        lines += [f"M{i} = A@P{i}@A.T + Q", f"S{i} = H@M{i}@H.T + R"]
        lines += [f"P{i + 1} = M{i} - M{i}@H.T@inv(S{i})@H@M{i}"] if i < count - 1 else []
        terms.append(f"logdet(S{i})")
    shapes = {"A": ("n", "n"), "P": ("n", "n"), "Q": ("n", "n"), "H": ("m", "n"), "R": ("m", "m")}
    return "; ".join(lines) + "; " + " + ".join(terms), shapes


def residual_layers(count):
    lines = ["h0 = x", *(f"h{i + 1} = h{i} + tanh(W{i}@h{i} + b{i})" for i in range(count))]
    shapes = {"x": ("n", 1)} | {f"W{i}": ("n", "n") for i in range(count)} | {f"b{i}": ("n", 1) for i in range(count)}
    return "; ".join(lines) + f"; sum(h{count}**2)", shapes


def rollout(count):
    lines, terms = ["x0 = x"], []
    for i in range(count):
        lines += [f"u{i} = -K@x{i}", f"x{i + 1} = A@x{i} + B@u{i}"]
        terms.append(f"x{i + 1}.T@Q@x{i + 1} + u{i}.T@R@u{i}")
    shapes = {"x": ("n", 1), "K": ("m", "n"), "A": ("n", "n"), "B": ("n", "m"), "Q": ("n", "n"), "R": ("m", "m")}
    return "; ".join(lines) + "; " + " + ".join(terms), shapes


PROGRAMS = {"filter": (filter_steps, "Q", 5), "layers": (residual_layers, "W0", 6), "rollout": (rollout, "K", 8)}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_are_answered_with_their_sharing(name):
    made, variable, count = PROGRAMS[name]
    text, shapes = made(count)
    derivative = matcalc.diff(text, variable, shapes=shapes)
    written = str(derivative)
    assert "; " in written
    assert matcalc.parse(written, shapes=shapes).expression == derivative.expression
    assert derivative.check(points=1, method="exact").ok
    assert str(pickle.loads(pickle.dumps(derivative))) == written
    twice, shapes = made(2 * count)
    assert len(str(matcalc.diff(twice, variable, shapes=shapes))) < 3 * len(written)


def test_parts_keep_the_names_that_their_user_gave_them():
    text, shapes = residual_layers(6)
    program, _ = parse_program(str(matcalc.diff(text, "W0", shapes=shapes)))
    assert {"h3", "h6"} <= set(program)


def test_short_answers_stay_one_expression():
    text, shapes = residual_layers(2)
    assert "=" not in str(matcalc.diff(text, "W0", shapes=shapes))
    long = " + ".join(f"norm(A{i}@x - b{i})**2" for i in range(60))
    assert "=" not in str(matcalc.diff(long, "x", shapes={f"A{i}": ("m", "n") for i in range(60)}))  # nothing repeats


def test_names_of_parts_are_no_names_of_the_formula():
    letters = "rsuvzMNcabgfStT"
    layers = "".join(f"tanh({letter}0*" for letter in letters) + "x" + ")" * len(letters)
    names = {f"{letter}0": letter for letter in letters}
    text = re.sub(r"[A-Za-z]0", lambda match: names[match.group()], layers)
    derivative = matcalc.diff(text, "x", shapes={letter: () for letter in letters} | {"x": ()})
    program, _ = parse_program(str(derivative))
    assert program and not set(program) & {*letters, "x"}
    assert derivative.check(points=1).ok
    sized, shapes = residual_layers(5)
    shapes = {name: tuple("v1" if size == "n" else size for size in shape) for name, shape in shapes.items()}
    derivative = matcalc.diff(sized + " + sum(ones(v1))", "W0", shapes=shapes)
    assert "v1 =" not in str(derivative)
    assert derivative.check(points=1, method="exact").ok


def test_a_user_may_assign_a_name_to_itself():
    text = "x = tanh(A@x + b); " * 7 + "x.T@x"
    derivative = matcalc.diff(text, "A", shapes={"A": ("n", "n"), "x": ("n", 1), "b": ("n", 1)})
    assert "x" not in parse_program(str(derivative))[0]
    assert derivative.check(points=1, method="exact").ok


def test_long_answers_in_other_notations_say_what_their_parts_are():
    text, shapes = filter_steps(3)
    derivative = matcalc.diff(text, "Q", shapes=shapes)
    assert re.search(r"\)ᵀ, where M₀ = A P Aᵀ \+ Q, ", derivative.unicode())
    assert r"\\ & \text{where } M_{0} = A P A^{\top} + Q, \\ & " in derivative.latex()
    assert '"where "' in derivative.typst()
    assert "where" in derivative.mathml()
    assert "invertible(H@M2@H.T + R)" in derivative.where


def test_a_long_answer_is_a_claim():
    text, shapes = residual_layers(5)
    answer = str(matcalc.diff(text, "W0", shapes=shapes))
    assert matcalc.check(text, answer, wrt="W0", shapes=shapes).ok
    assert matcalc.check(text, answer.replace("2*(", "3*("), wrt="W0", shapes=shapes).ok is False


def test_random_formulas_in_parts_are_read_back(monkeypatch):
    monkeypatch.setattr("matcalc.answers.shown.MAX_ONE_EXPRESSION", 40)
    in_parts = 0
    for seed in range(16):
        print("seed", seed)
        text, _ = Generator(Random(seed)).draw(3)
        try:
            expression = matcalc.parse(f"part = {text}; sin(part)*cos(part) + part", SHAPES, ASSUME)
        except matcalc.MatcalcError:
            continue
        in_parts += "; " in str(expression)
        assert matcalc.parse(str(expression), SHAPES, ASSUME) == expression
    assert in_parts > 3


def test_no_two_parts_have_one_name():
    # numbers, columns and matrices have letters of their own, and s is one of numbers and of columns
    text = "norm((vstack(c, A[3, 1]).T@A[0:-2, 1:3]@vstack(c, A[3, 1]))*hstack(C[-3, -4], C[2:3, 2:]))**2"
    shapes = {"A": (4, 3), "C": (4, 4), "c": ()}
    answer = matcalc.diff(text, "A", shapes=shapes, order=2)
    names = [part.split(" = ")[0] for part in str(answer).split("; ")[:-1]]
    assert len(names) > 8 and len(set(names)) == len(names)
    assert answer.check(points=1).ok
