"""Derivations: every line is true, none repeats another, and each says its rule and its source."""

import random
from collections import Counter

import numpy
import pytest
from corpus_entries import QUESTIONS, answer
from random_expressions import ASSUME, SHAPES, Generator
from samples import asked, met_twice, quick
from tables import every_row

import matcalc
from matcalc.errors import NoRuleError
from matcalc.language.syntax import names, parse_tree
from matcalc.steps.derive import LONGEST_ANSWER
from matcalc.steps.step import DIFFERENTIAL, GRADIENT, JACOBIAN, SENSITIVITY, VALUE

SEED = 20_261_124
RULES = ["docs/examples/activations.rules"]


def steps(text, wrt, **options):
    return matcalc.diff(text, wrt=wrt, **options).steps


def lines(text, wrt, **options):
    """Return the lines without their remarks."""
    return [str(step) for step in steps(text, wrt, **options)]


def remarks(text, wrt, **options):
    """Return the sentences of all lines together."""
    return "; ".join(step.text for step in steps(text, wrt, **options))


def network(layers, begin="x"):
    """Return the text of a network with one tanh a layer but the last."""
    for number in range(1, layers + 1):
        begin = f"W{number}@{begin}" if number == layers else f"tanh(W{number}@{begin})"
    return begin


def assert_well_written(derivation):
    """What holds for every derivation: forms, reasons, and no line that says what the one before has said."""
    for step in derivation.steps:
        assert step.forms and step.expression == step.forms[-1], step
        assert len(set(step.forms)) == len(step.forms), step
        assert step.left not in step.forms, step
        assert step.rule and step.text, step
        assert step.source or step.kind == VALUE, step
        for text in (*step.forms, *dict(step.definitions).values()):
            parse_tree(text)
    for before, step in zip(derivation.steps, derivation.steps[1:]):
        assert (before.left, before.text) != (step.left, step.text), step
        assert (before.left, before.forms[-1]) != (step.left, step.forms[-1]), step


# -- every line is true ------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", quick(QUESTIONS, asked, [entry["id"] for entry in QUESTIONS]))
def test_the_corpus(entry):
    derivative = answer(entry)
    report = derivative.check_steps(points=1, seed=1)
    assert report.ok is True, report.reason
    assert report.lines == len(derivative.steps)
    assert derivative.steps[-1].expression == str(derivative) or len(str(derivative)) > LONGEST_ANSWER
    assert_well_written(derivative.derivation)


def question(seed):
    """Return (text, keyword arguments of diff), None for an expression without names."""
    rng = random.Random(seed)
    text, shape = Generator(rng).draw(rng.randint(1, 5))
    found = list(matcalc.parse(text, shapes=SHAPES, assume=ASSUME).shapes)
    scalar = shape == (1, 1)
    if not found:
        return None
    return text, {
        "wrt": rng.choice(found),
        "layout": rng.choice(["denom", "num", "mixed"]),
        "order": rng.choice([1, 1, 2]) if scalar else 1,
        "structure": rng.choice(["free", "free", "projected", "parametrized"]),
        "shapes": SHAPES,
        "assume": {name: words for name, words in ASSUME.items() if name in found},
    }


@pytest.mark.parametrize("count", [40, pytest.param(310, marks=pytest.mark.long)])
def test_random_expressions(count):
    print(f"seeds {SEED} to {SEED + count - 1}")
    outcomes, false = Counter(), []
    for seed in range(SEED, SEED + count):
        asked = question(seed)
        if asked is None:
            outcomes["constant"] += 1
            continue
        text, options = asked
        try:
            derivative = matcalc.diff(text, **options)
        except NoRuleError:
            outcomes["refused"] += 1
            continue
        assert_well_written(derivative.derivation)
        report = derivative.check_steps(points=1, seed=seed)
        outcomes[report.ok] += 1
        if report.ok is False:
            false.append((seed, text, options, report.reason))
    assert not false
    assert outcomes[True] >= 0.8 * count, outcomes
    assert outcomes["refused"] + outcomes[None] <= 0.08 * count, outcomes


@pytest.mark.parametrize("layout", ["denom", "num", "mixed"])
@pytest.mark.parametrize(
    "text, wrt, order",
    [
        ("x.T@A@x", "x", 1), ("A@tanh(x)", "x", 1), ("X.T@X", "X", 1), ("exp(t)*x", "t", 1), ("inv(A + t*B)", "t", 1),
        ("inv(A + t*B)", "t", 2), ("exp(t)*x", "t", 2), ("tr(inv(X)@A)", "X", 2), ("sin(t)**2", "t", 2),
        ("logsumexp(A@x)", "x", 2), ("y@y.T", "y", 1), ("r@A@r.T", "r", 1), ("r@A", "r", 1), ("sum(X@W + b)", "b", 1),
    ],
)  # fmt: skip
def test_layouts_and_orders(text, wrt, order, layout):
    shapes = {"t": (), "r": (1, "n"), "A": ("n", "n"), "b": (1, "m"), "W": ("n", "m"), "X": ("n", "n"), "x": ("n", 1)}
    shapes = {name: shape for name, shape in shapes.items() if name in names(parse_tree(text))}
    derivative = matcalc.diff(text, wrt=wrt, order=order, layout=layout, shapes=shapes)
    assert derivative.check_steps().ok is True
    assert derivative.derivation.order == order


@pytest.mark.parametrize(
    ("fact", "structure"),
    met_twice(["symmetric", "skew", "diagonal", "pd"], ["free", "projected", "parametrized"]),
)
@pytest.mark.parametrize("text, order", [("tr(A@X)", 1), ("a.T@X@X@b", 1), ("X@A", 1), ("tr(X@A@X)", 2)])
def test_structure(text, order, fact, structure):
    derivative = matcalc.diff(text, wrt="X", order=order, assume={"X": [fact]}, structure=structure,
                              shapes={"A": ("n", "n"), "X": ("n", "n")} if "A" in text else None)  # fmt: skip
    assert derivative.check_steps().ok is True
    said = any(f"`X` is {fact}" in step.text for step in derivative.steps)
    assert said == (structure != "free")


@pytest.mark.parametrize(
    "text",
    ["tr(A.T@tanh(tanh(X.T@X).T@sin(exp(X)@tanh(X))))", "tr(A@tanh(B@tanh(C@(sinh(X*X.T)).T)))",
     "dot(A@(-sinh((-X)*X.T)), B/(1 + C**2) - kron(b*tr(X), b.T)*exp(norm(tanh(X))))"],
)  # fmt: skip
def test_the_sensitivity_to_a_symmetric_part_is_that_to_its_free_entries(text):
    shapes = {**dict.fromkeys("ABCX", ("n", "n")), "b": ("n", 1)}
    declared = {name: shapes[name] for name in names(parse_tree(text))}
    derivative = matcalc.diff(text, wrt="X", shapes=declared)
    assert derivative.derivation.sensitivities
    report = derivative.check_steps()
    assert report.ok is True, report.reason


# -- how many lines ----------------------------------------------------------------------------------------


@every_row(
    "text, wrt, count",
    [
        ("a", "a", 2), ("3*a + 1", "a", 2), ("a**2", "a", 2), ("x", "x", 2), ("A@x", "x", 2), ("a.T@x", "x", 2),
        ("x.T@A@x", "x", 2), ("tr(A@X)", "X", 2), ("logdet(X)", "X", 2), ("softmax(x)", "x", 2), ("sin(a)", "a", 2),
        ("X", "X", 3), ("A@X@B", "X", 3), ("inv(X)", "X", 3), ("norm(x)**2", "x", 3), ("log(x.T@x)", "x", 5),
        ("norm(A@x - b)**2", "x", 5),
    ],
)  # fmt: skip
def test_a_short_problem_has_few_lines(text, wrt, count):
    shapes = {"a": ("n", 1)} if text == "a.T@x" else None
    assert len(steps(text, wrt, shapes=shapes)) == count


def test_three_layers_are_told_layer_by_layer():
    derivation = matcalc.diff(f"norm({network(3)} - y)**2/2", wrt="W1").derivation
    sensitivities = [str(step) for step in derivation.steps if step.kind == SENSITIVITY]
    assert sensitivities == [
        "delta3 = z3",
        "delta2 = W3.T@delta3*(1 - tanh(z2)**2)",
        "delta1 = W2.T@delta2*(1 - tanh(z1)**2)",
    ]
    assert derivation.sensitivities == {"z3": "delta3", "z2": "delta2", "z1": "delta1"}
    assert derivation.steps[-2].expression == "tr((delta1@x.T).T@dW1)"
    assert derivation.steps[-1].forms[0] == "delta1@x.T"


@pytest.mark.parametrize("layers", [10, 25])
def test_backpropagation_through_a_deep_network(layers):
    derivative = matcalc.diff(f"norm({network(layers)} - y)**2/2", wrt="W1")
    kinds = Counter(step.kind for step in derivative.steps)
    assert kinds[SENSITIVITY] == layers
    assert kinds[VALUE] == layers + 1
    assert kinds[DIFFERENTIAL] == layers + 2
    assert max(len(str(step)) for step in derivative.steps) < 60
    assert derivative.check_steps(points=1).ok is True


@pytest.mark.parametrize("layers", [10, 25])
def test_forward_accumulation_for_a_vector_valued_network(layers):
    derivative = matcalc.diff(f"tanh({network(layers)})", wrt="x", layout="num")
    jacobians = [step for step in derivative.steps if step.kind == JACOBIAN]
    assert [step.left for step in jacobians] == [f"J{number}" for number in range(1, layers + 1)]
    assert str(jacobians[1]) == "J2 = W2@diag(1 - tanh(z1)**2)@J1"
    assert len(derivative.steps) == 3 * layers + 4
    assert max(len(str(step)) for step in derivative.steps) < 60
    assert derivative.check_steps(points=1).ok is True


def test_every_sensitivity_of_a_residual_network_adds_its_shares():
    text, shapes = "x", {"x": ("n", 1)}
    for number in range(4):
        text, shapes[f"W{number}"] = f"({text} + tanh(W{number}@{text}))", ("n", "n")
    derivative = matcalc.diff(f"sum({text})", wrt="x", shapes=shapes)
    assert any("through `z4` and `z3`" in step.text for step in derivative.steps)
    assert max(len(step.expression) for step in derivative.steps) < 70
    assert derivative.check_steps(points=1).ok is True


@pytest.mark.parametrize(
    "text, wrt, shapes",
    [
        (" + ".join(f"a{i}.T@x" for i in range(200)), "x", {f"a{i}": ("n", 1) for i in range(200)} | {"x": ("n", 1)}),
        ("(" * 3000 + "x.T@A@x" + ")" * 3000, "x", None),
        ("-" * 999 + "x", "x", None),
        ("sin(" * 100 + "a" + ")" * 100, "a", None),
        ("sum(" + "tanh(" * 60 + "x" + ")" * 61, "x", None),
        ("tr(" + "@".join(["X"] * 12) + ")", "X", None),
    ],
    ids=["200 terms", "3000 parentheses", "999 minus signs", "100 sines", "60 tanh", "12 factors"],
)
def test_long_and_deep_expressions(text, wrt, shapes):
    derivative = matcalc.diff(text, wrt=wrt, shapes=shapes)
    assert derivative.check_steps(points=1).ok is True
    assert max(len(str(step)) for step in derivative.steps) < 5 * len(text) + 200
    assert_well_written(derivative.derivation)


# -- names ------------------------------------------------------------------------------------------------


SCALAR, COLUMN = (), ("n", 1)


@pytest.mark.parametrize(
    "text, wrt, shapes",
    [
        ("x.T@dx", "x", {"dx": COLUMN}),
        ("norm(A@r - z)**2", "r", {"A": ("m", "n"), "z": ("m", 1)}),
        ("f*g*exp(f*g + n)", "f", {"f": SCALAR, "g": SCALAR, "n": SCALAR}),
        ("tanh(delta1*tanh(J1*tanh(d_x*z + D1)))", "z", dict.fromkeys(["delta1", "J1", "d_x", "z", "D1"], SCALAR)),
        ("norm(z3@tanh(z2@tanh(z1@x)) - delta1)**2", "z1",
         {"z1": ("p", "q"), "z2": ("m", "p"), "z3": ("k", "m"), "x": ("q", 1), "delta1": ("k", 1)}),
        ("tanh(J1@tanh(z1@tanh(J2@x)))", "x",
         {"J1": ("m", "p"), "z1": ("p", "k"), "J2": ("k", "n"), "x": COLUMN}),
        ("r.T@A@r + df*dr", "r", {"df": SCALAR, "dr": SCALAR, "r": COLUMN}),
        ("norm(A@x - b)**2", "x", {"A": ("r", "f"), "x": ("f", 1), "b": ("r", 1)}),
        ("norm(A@x - b)**2", "x", {"A": ("z", "dx"), "x": ("dx", 1), "b": ("z", 1)}),
        ("logsumexp(A@x - h)", "x", {"A": ("g", "f"), "x": ("f", 1), "h": ("g", 1)}),
        ("y*u*v*w*p*q*z*x", "x", dict.fromkeys("yuvwpqzx", COLUMN)),
        ("f*g*h*F*G*H*p*q", "q", dict.fromkeys("fghFGHpq", SCALAR)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("order", [1, 2])
def test_no_name_is_used_twice(text, wrt, shapes, order):
    if order == 2 and matcalc.parse(text, shapes=shapes).shape != ():
        order = 1
    derivative = matcalc.diff(text, wrt=wrt, shapes=shapes, order=order)
    derivation = derivative.derivation
    given = [*derivation.values, *derivation.changes.values(), *derivation.sensitivities.values()]
    given += derivation.jacobians.values()
    users = {*derivative.shapes, *(size for shape in derivative.shapes.values() for size in map(str, shape))}
    assert len(set(given)) == len(given)
    assert not set(given) & users
    assert derivative.check_steps().ok is True


# -- what is said ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, wrt, words",
    [
        ("sum(abs(A@x - b))", "x", "abs has a kink at 0; there sign(0) = 0 is the subgradient chosen"),
        ("sum(relu(W@x))", "W", "relu has a kink at 0; there heaviside(0) = 0 is the subgradient chosen"),
        ("norm1(x)", "x", "abs has a kink at 0"),
        ("norm(A@x - b)", "x", "norm has a kink at 0, and the formula no value there; 0 is a subgradient"),
        ("max(x)", "x", "max has a kink where several entries are the largest"),
        ("sum(maximum(x, y))", "x", "maximum has a kink where both are equal"),
        ("sum(relu(A@x))**2", "x", "relu has a kink at 0"),
    ],
)
def test_kinks_are_said(text, wrt, words):
    assert words in remarks(text, wrt)


@every_row(
    "text, wrt",
    [("norm(x)**2", "x"), ("norm(A@x - b)**2/2", "x"), ("norm(X)**2", "X"), ("x.T@abs(y)", "x"), ("norm(y)*x", "x"),
     ("exp(x)", "x"), ("x.T@detach(relu(x))", "x")],
)  # fmt: skip
def test_no_kink_is_said_where_there_is_none(text, wrt):
    assert "kink" not in remarks(text, wrt)


@every_row(
    "text, wrt, words",
    [
        ("detach(x).T@x", "x", "`detach(x)` counts as a constant"),
        ("norm(A@x - b)**2", "x", "linear; `A` and `b` are constant"),
        ("norm(A@x - b)**2", "x", "norm squared"),
        ("x.T@A@x", "x", "a scalar equals its transpose"),
        ("tr(X.T@A@X)", "X", "a trace is cyclic"),
        ("x.T@A@x/(x.T@x)", "x", "quotient rule"),
        ("logdet(X)", "X", "read off `df = tr(G.T@dX)`"),
        ("x.T@x", "x", "read off `df = g.T@dx`"),
        ("A@x", "x", "read off what stands with `dx`"),
        ("A@X@B", "X", "`vec(A@dX@B) = kron(B.T, A)@vec(dX)`"),
        ("a*b", "c", "nothing varies"),
        ("exp(A@tanh(B@x))", "x", "insert `du` and `dz`"),
        ("log(1 + exp(a))", "a", "by the definition of `softplus`"),
    ],
)
def test_what_a_teacher_would_say(text, wrt, words):
    shapes = {"c": ()} if wrt == "c" else None
    assert words in remarks(text, wrt, shapes=shapes)


def test_what_is_detached_is_not_differentiated():
    assert "product rule" not in remarks("detach(A@x).T@x", "x")
    assert "d tanh" not in remarks("dot(x, detach(tanh(x)))", "x")


@pytest.mark.parametrize("shape, sizes", [(("n", "m"), "n, m"), (("p", "q"), "p, q"), ((2, "k"), "2, k")])
def test_the_commutation_matrix_is_that_of_the_variable(shape, sizes):
    assert f"`vec(dX.T) = comm({sizes})@vec(dX)`" in remarks("X.T@A", "X", shapes={"X": shape})


def test_what_is_read_off_is_no_line_of_its_own_where_only_constants_have_names():
    text = "tr(inv(S)@A) + (mu - a).T@inv(S)@(mu - a) + log(det(S))"
    found = steps(text, "S", shapes={"mu": ("n", 1), "a": ("n", 1)})
    assert [step.left for step in found] == ["f", "df", "df/dS"]


@every_row(
    "text, wrt, layout, words",
    [
        ("x.T@A@x", "x", "denom", "denominator layout"),
        ("x.T@A@x", "x", "num", "numerator layout: the transpose of what was read off"),
        ("A@x", "x", "num", "numerator layout"),
        ("A@x", "x", "denom", "denominator layout: the transpose of what was read off"),
        ("A@x", "x", "mixed", "mixed layout"),
        ("exp(a)", "a", "num", "the derivative"),
    ],
)
def test_the_last_line_says_the_layout(text, wrt, layout, words):
    assert steps(text, wrt, layout=layout)[-1].text == words


@pytest.mark.parametrize(
    "structure, words",
    [("projected", "`X` is symmetric: projected on the structure"),
     ("parametrized", "`X` is symmetric: by the free parameters")],
)  # fmt: skip
@pytest.mark.parametrize("order", [1, 2])
def test_the_convention_for_a_structured_variable_is_said(structure, words, order):
    assert words in remarks("tr(A@X@X)", "X", assume={"X": ["symmetric"]}, structure=structure, order=order)


@pytest.mark.parametrize(
    "text, wrt, answer",
    [
        ("3", "x", "zeros(n)"), ("c", "x", "zeros(n)"), ("A@b", "x", "zeros(n, m)"), ("3*eye(2)", "x", "zeros(n, 4)"),
        ("a**2", "t", "0"), ("A@b", "t", "zeros(1, m)"), ("detach(x).T@detach(x)", "x", "zeros(n)"),
        ("x - x", "x", "zeros(n, n)"),
    ],
)  # fmt: skip
def test_where_nothing_varies(text, wrt, answer):
    shapes = {"x": ("n", 1), "t": (), "A": ("m", "k")}
    derivative = matcalc.diff(
        text, wrt=wrt, shapes={name: shapes[name] for name in {*names(parse_tree(text)), wrt} & {*shapes}}
    )
    assert str(derivative) == answer
    assert 2 <= len(derivative.steps) <= 3
    assert derivative.check_steps().ok is True


def test_functions_of_a_rule_file_of_the_users_own():
    options = {"rules": RULES}
    found = steps("sum(softsign(W@x + b))", "W", **options)
    assert [str(step) for step in found[:3]] == [
        "f = sum(softsign(z))",
        "df = sum(dz/(1 + abs(z))**2) = (1/(abs(z) + 1)**2).T@dz",
        "dz = dW@x",
    ]
    assert "Bergstra et al. (2009)" in found[1].source
    assert "d softsign(X)" in found[1].text
    for text in ("softsign(A@x)", "distance(A@x, y)**2", "distance(softsign(x), y)"):
        assert matcalc.diff(text, wrt="x", **options).check_steps().ok is True


@pytest.mark.parametrize("text", ["sum(pinv(A@X))", "pinv(X.T)@c", "sum(pinv(X.T@B).T)"])
def test_the_sizes_in_a_formula_of_a_rule_are_those_of_its_argument(text):
    shapes = {"A": ("p", "n"), "X": ("n", "m"), "B": ("n", "k"), "c": ("m", 1)}
    declared = {name: shapes[name] for name in names(parse_tree(text))}
    derivative = matcalc.diff(text, wrt="X", shapes=declared)
    assert derivative.check_steps().ok is True
    assert all(".T.T" not in str(step) for step in derivative.steps)


# -- second derivatives, and the whole as data ----------------------------------------------------------------


def test_a_second_derivative_goes_through_the_gradient():
    derivation = matcalc.diff("exp(-norm(x)**2/2)", wrt="x", order=2).derivation
    kinds = [step.kind for step in derivation.steps]
    assert kinds.count(GRADIENT) == 1
    assert (kinds[-1], derivation.order) == ("derivative", 2)
    gradient = derivation.steps[kinds.index(GRADIENT)]
    assert "the first derivative, to be differentiated once more" in gradient.text
    assert matcalc.parse(gradient.forms[0]) == matcalc.parse(str(matcalc.diff("exp(-norm(x)**2/2)", wrt="x")))
    assert derivation.steps[-1].left == "d2f/dxdx.T"


@pytest.mark.parametrize("text, wrt", [("log(sum(exp(A@x)))", "x"), ("tr(X.T@A@X@B)", "X"), ("sin(a)*exp(a**2)", "a")])
def test_the_data_of_a_derivation(text, wrt):
    derivation = matcalc.diff(text, wrt=wrt, order=2).derivation
    assert (derivation.variable, derivation.order) == (wrt, 2)
    assert derivation.function in derivation.values
    assert set(derivation.changes) == {wrt, *(n for n in derivation.values)}
    for step in derivation.steps:
        mentioned = {name for form in step.forms for name in names(parse_tree(form))}
        sizes = {str(size) for shape in derivation.shapes.values() for size in shape}
        assert mentioned <= {*derivation.shapes, *sizes}, step
        assert all(dict(derivation.values)[name] == meaning for name, meaning in step.definitions)


def test_steps_are_the_same_each_time():
    first, second = (matcalc.diff("sum(softmax(A@x)*log(x))", wrt="x").steps for _ in range(2))
    assert first == second


@pytest.mark.parametrize("name", ["el", "ef", "et", "iag", "x"])
def test_a_differential_is_no_reserved_word_and_no_function(name):
    derivative = matcalc.diff(f"norm(A@{name})**2", wrt=name)
    assert derivative.check_steps().ok is True


def test_a_derivative_that_would_fill_pages_is_a_program_and_so_are_its_steps():
    text = "x"
    for _ in range(16):
        text = f"softmax({text})"
    derivative = matcalc.diff(text, layout="num")
    value = matcalc.parse(str(derivative)).evaluate(x=[0.5, -1.0, 2.0])
    assert numpy.allclose(value, derivative.evaluate(x=[0.5, -1.0, 2.0]), rtol=1e-12, atol=0)
    assert len(str(derivative)) < 20_000
    assert max(len(step.expression) for step in derivative.steps) < 100
    assert derivative.check_steps(points=1).ok is True


def test_a_formula_for_some_exponents_is_not_cited_for_the_others():
    steps = matcalc.diff("tr(matpow(X, -1)@A)", wrt="X").steps
    assert not any("k - 1" in step.text for step in steps)
