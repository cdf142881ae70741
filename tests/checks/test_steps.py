"""The check of derivations is checked: whatever makes a line false is found, and the line is named."""

from dataclasses import replace

import numpy
import pytest
from numpy_derivations import Calculator, compute

import matcalc
from matcalc.checks.steps import StepsReport, check_steps
from matcalc.errors import ArgumentError
from matcalc.language.syntax import Binary, Transpose, parse_tree, postorder
from matcalc.steps.step import VALUE

SHAPES = {
    "A": (3, 3), "B": (3, 3), "S": (3, 3), "x": (3, 1), "b": (3, 1), "y": (3, 1), "X": (3, 3), "t": (),
    "W1": (3, 3), "W2": (3, 3), "W3": (3, 3),
}  # fmt: skip
CASES = [
    ("norm(A@x - b)**2", "x", {}),
    ("norm(A@x - b)**2", "A", {"layout": "num"}),
    ("x.T@A@x/(x.T@x)", "x", {}),
    ("tr(X.T@A@X@B)", "X", {}),
    ("logdet(X.T@X + eye(3))", "X", {}),
    ("A@X@B", "X", {}),
    ("X.T@A@X", "X", {"layout": "num"}),
    ("exp(A@tanh(B@x))", "x", {"layout": "mixed"}),
    ("inv(A + t*B)", "t", {"layout": "num"}),
    ("exp(sin(t**2))", "t", {}),
    ("y.T@tanh(W3@tanh(W2@tanh(W1@x)))", "W1", {}),
    ("tanh(W3@tanh(W2@tanh(W1@x)))", "x", {}),
    ("x*tanh(t*sin(t*exp(t*b.T@x)))", "t", {}),
    ("logsumexp(A@x)", "x", {"order": 2}),
    ("exp(-norm(x - b)**2/2)", "x", {"order": 2}),
    ("tr(inv(X)@A)", "X", {"order": 2}),
    ("x.T@inv(A + t*B)@x", "t", {"order": 2}),
    ("tr(A@X@X)", "X", {"assume": {"X": ["symmetric"]}, "structure": "projected"}),
    ("tr(A@X)", "X", {"assume": {"X": ["symmetric"]}, "structure": "parametrized"}),
]  # fmt: skip
IDS = [f"{text} by {wrt}" for text, wrt, _ in CASES]


def derived(text, wrt, options):
    found = matcalc.parse(text).shapes
    return matcalc.diff(text, wrt=wrt, shapes={name: SHAPES[name] for name in found}, **options)


def with_step(derivation, index, **changes):
    """Return a derivation with one line changed; the last form stays the line's expression."""
    steps = list(derivation.steps)
    if "forms" in changes:
        changes["expression"] = changes["forms"][-1]
    steps[index] = replace(steps[index], **changes)
    return replace(derivation, steps=tuple(steps))


def with_form(derivation, index, position, text):
    forms = list(derivation.steps[index].forms)
    forms[position] = text
    return with_step(derivation, index, forms=tuple(forms))


def places(derivation):
    """Return (index of the line, index of the form, form) for all forms of all lines."""
    return [(i, j, form) for i, step in enumerate(derivation.steps) for j, form in enumerate(step.forms)]


def assert_false(derivation, derivative, index):
    report = check_steps(derivation, derivative, points=1)
    assert report.ok is False, derivation.steps[index]
    assert not report
    assert report.reason.startswith(f"line {index + 1}, {derivation.steps[index]}: "), report.reason


def slips(form):
    """Return texts with one transpose or one term less, as by a slip of the pen."""
    found = [form[:end] + form[end + 2 :] for end in range(len(form)) if form.startswith(".T", end)]
    tree = parse_tree(form)
    if isinstance(tree, Binary) and tree.op in "+-":
        found += [form[: tree.right.span.start].rstrip().rstrip("+-").rstrip()]
    assert len([node for node in postorder(tree) if isinstance(node, Transpose)]) == form.count(".T")
    return found


def calculator(derivative):
    """Return a Calculator at a random point: what NumPy says of a changed line."""
    rng = numpy.random.default_rng(0)
    env = {}
    for name, shape in derivative.shapes.items():
        rows, columns = (*shape, 1, 1)[:2]
        env[name] = rng.uniform(0.2, 0.9, (rows, columns)) + 2 * numpy.eye(rows, columns)
        if "symmetric" in derivative.assume.get(name, ()):
            env[name] = (env[name] + env[name].T) / 2
    return Calculator(derivative.derivation, env, rng.standard_normal(env[derivative.wrt].shape))


def is_changed(form, slip, known):
    try:
        before, after = compute(form, known), compute(slip, known)
    except ValueError:  # shapes that do not fit
        return True
    return before.shape != after.shape or not numpy.allclose(before, after, rtol=1e-11, atol=0)


# -- false lines are found ----------------------------------------------------------------------------


CHANGES = ["2*({})", "-({})", "({}) + 1"]


# every case meets one change, and every change a third of the cases
@pytest.mark.parametrize("text, wrt, options, change", [
    pytest.param(*case, change, marks=[] if (row + column) % 3 == 0 else [pytest.mark.long], id=f"{change}-{name}")
    for row, (case, name) in enumerate(zip(CASES, IDS)) for column, change in enumerate(CHANGES)
])  # fmt: skip
def test_a_wrong_factor_sign_or_term_in_any_form_of_any_line(text, wrt, options, change):
    derivative = derived(text, wrt, options)
    derivation = derivative.derivation
    for index, position, form in places(derivation):
        assert_false(with_form(derivation, index, position, change.format(form)), derivative, index)


@pytest.mark.parametrize("text, wrt, options", CASES, ids=IDS)
def test_a_lost_transpose_or_term_in_any_form_of_any_line(text, wrt, options):
    derivative = derived(text, wrt, options)
    derivation, known = derivative.derivation, calculator(derivative).known
    for index, position, form in places(derivation):
        for slip in slips(form):
            changed = with_form(derivation, index, position, slip)
            if is_changed(form, slip, known):
                assert_false(changed, derivative, index)
            else:
                assert check_steps(changed, derivative, points=1).ok is True, slip


def test_slips_change_something():
    """The test before would be empty if no form had a transpose or a second term that counts."""
    changed = 0
    for text, wrt, options in CASES:
        derivative = derived(text, wrt, options)
        known = calculator(derivative).known
        forms = [form for _, _, form in places(derivative.derivation)]
        changed += sum(is_changed(form, slip, known) for form in forms for slip in slips(form))
    assert changed > 100


@pytest.mark.parametrize("text, wrt, options", CASES, ids=IDS)
def test_a_wrong_shape_of_any_line(text, wrt, options):
    derivative = derived(text, wrt, options)
    derivation = derivative.derivation
    for index, step in enumerate(derivation.steps):
        wrong = ((7, 1), (*step.shape[:1], 5), () if step.shape else (2, 2))
        assert_false(with_step(derivation, index, shape=wrong[index % 3]), derivative, index)


@pytest.mark.parametrize("text, wrt, options", CASES, ids=IDS)
def test_a_wrong_definition_beside_any_line(text, wrt, options):
    derivative = derived(text, wrt, options)
    derivation = derivative.derivation
    for index, step in enumerate(derivation.steps):
        for number, (name, meaning) in enumerate(step.definitions):
            definitions = list(step.definitions)
            definitions[number] = (name, f"2*({meaning})")
            assert_false(with_step(derivation, index, definitions=tuple(definitions)), derivative, index)


@pytest.mark.parametrize("text, wrt, options", CASES, ids=IDS)
def test_a_part_that_stands_for_something_else(text, wrt, options):
    """Where the meaning of a part is changed everywhere, the function is no longer the user's own."""
    derivative = derived(text, wrt, options)
    derivation = derivative.derivation
    for name, meaning in derivation.values.items():
        values = {**derivation.values, name: f"({meaning})/3"}
        assert check_steps(replace(derivation, values=values), derivative, points=1).ok is False, name


def test_the_function_is_compared_with_the_users_own_text():
    first, second = derived("x.T@A@x", "x", {}), derived("x.T@A.T@A@x", "x", {})
    assert check_steps(second.derivation, first, points=1).ok is False


def test_a_derivation_of_another_order_layout_or_variable():
    derivative = derived("norm(A@x - b)**2", "x", {})
    for other in ({"order": 2}, {"layout": "num"}):
        found = check_steps(derived("norm(A@x - b)**2", "x", other).derivation, derivative, points=1)
        assert found.ok is False
    structured = {"assume": {"X": ["symmetric"]}, "structure": "projected"}
    other = {"assume": {"X": ["symmetric"]}, "structure": "free"}
    assert check_steps(derived("tr(A@X)", "X", other).derivation, derived("tr(A@X)", "X", structured)).ok is False


@pytest.mark.parametrize("change", ["(1 + 1/1000000)*({})", "0*({})"])
def test_a_small_error_and_a_large_one(change):
    derivative = derived("exp(A@tanh(B@x))", "x", {})
    for index, position, form in places(derivative.derivation):
        assert_false(with_form(derivative.derivation, index, position, change.format(form)), derivative, index)


@pytest.mark.parametrize(
    "text", ["A@x@x", "r.T@unknown", "frobnicate(r)", "r +", "inv(r)@r", "zeros(3)/zeros(3)", "eye(99999999)@r"]
)
def test_a_form_without_a_value_is_false(text):
    derivative = derived("norm(A@x - b)**2", "x", {})
    assert_false(with_form(derivative.derivation, 2, 0, text), derivative, 2)


def test_a_name_that_means_two_differentials_is_found():
    derivative = derived("exp(A@tanh(B@x))", "x", {})
    derivation = derivative.derivation
    parts = [name for name in derivation.values if name != derivation.function]
    swapped = dict(zip(parts, [derivation.changes[name] for name in reversed(parts)]))
    changed = replace(derivation, changes={**derivation.changes, **swapped})
    assert check_steps(changed, derivative, points=1).ok is False


def test_a_wrong_sensitivity_or_jacobian_cannot_hide_behind_those_that_follow():
    for text, wrt in (("y.T@tanh(W3@tanh(W2@tanh(W1@x)))", "W1"), ("tanh(W3@tanh(W2@tanh(W1@x)))", "x")):
        derivative = derived(text, wrt, {})
        derivation = derivative.derivation
        for index, step in enumerate(derivation.steps):
            if step.kind != VALUE:
                assert_false(with_form(derivation, index, -1, f"-({step.expression})"), derivative, index)


# -- true lines are true, and what the report says --------------------------------------------------------


@pytest.mark.parametrize("text, wrt, options", CASES, ids=IDS)
def test_a_form_may_be_written_in_any_way(text, wrt, options):
    change = "-(-({}).T.T*1) + 0"
    derivative = derived(text, wrt, options)
    derivation = derivative.derivation
    steps = [replace(step, forms=tuple(change.format(form) for form in step.forms)) for step in derivation.steps]
    report = check_steps(replace(derivation, steps=tuple(steps)), derivative, points=1)
    assert report.ok is True, report.reason


def test_the_report_of_a_true_derivation():
    derivative = derived("norm(A@x - b)**2", "x", {})
    report = derivative.check_steps(points=4, seed=3)
    assert report == StepsReport(True, report.max_error, 4, 5)
    assert report
    assert 0 <= report.max_error < 1e-12
    assert derivative.check_steps(points=4, seed=3) == report


def test_the_direction_is_not_the_point_itself():
    """In the direction x a function of degree 0 is constant, and every multiple of its differential is true."""
    derivative = derived("x.T@A@x/(x.T@x)", "x", {})
    changed = with_form(derivative.derivation, 1, 0, f"2*({derivative.steps[1].forms[0]})")
    assert [check_steps(changed, derivative, points=1, seed=seed).ok for seed in (0, 1, -1, 2**40)] == [False] * 4


def test_every_point_has_its_own_direction():
    """A line that holds in the directions of one sign alone is false."""
    derivative = derived("norm(A@x - b)**2", "x", {})
    derivation = derivative.derivation
    form = derivation.steps[-2].forms[-1]
    changed = with_form(derivation, len(derivation.steps) - 2, -1, f"{form} + relu(e(0, 3).T@dx)")
    outcomes = {check_steps(changed, derivative, points=1, seed=seed).ok for seed in range(12)}
    assert outcomes == {True, False}
    assert check_steps(changed, derivative, points=12).ok is False


def test_both_sides_of_a_kink_are_visited():
    """abs has the derivative 1 where its argument is positive, and -1 elsewhere."""
    derivative = matcalc.diff("abs(a)", wrt="a")
    derivation = derivative.derivation
    for index, changed in ((0, "da"), (1, "1"), (0, "-da"), (1, "-1")):
        found = check_steps(with_form(derivation, index, -1, changed), derivative, points=8)
        assert found.ok is False
    assert derivative.check_steps(points=8).ok is True


@pytest.mark.parametrize("points", [0, -1, 1.5, "3", None])
def test_the_number_of_points_is_positive(points):
    with pytest.raises(ArgumentError) as caught:
        derived("x.T@x", "x", {}).check_steps(points=points)
    assert caught.value.hint == "give a positive integer"


@pytest.mark.parametrize(
    "text, wrt, options, words",
    [
        ("x.T@x", "x", {"shapes": {"x": (10**9, 1)}}, "too large"),
        ("log(-exp(a))", "a", {}, "no point found"),
    ],
)
def test_what_cannot_be_evaluated_is_neither_true_nor_false(text, wrt, options, words):
    report = matcalc.diff(text, wrt=wrt, **options).check_steps()
    assert (report.ok, report.points) == (None, 0)
    assert words in report.reason
    assert not report
