"""Derivatives in index notation: what is printed, against nested torch.func.jacrev, by an evaluator of its own."""

import itertools
from dataclasses import replace
from fractions import Fraction

import numpy
import pytest
from corpus_entries import QUESTIONS
from index_notation import Reader, jacrev
from tables import every_row

import matcalc
from matcalc.checks.exact import check_exactly
from matcalc.checks.problem import Problem, informative_point
from matcalc.checks.tensors import check_tensor
from matcalc.evaluation.evaluate import own_torch_state
from matcalc.language.indexed import Product

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch.func's own

# (text, wrt, order, options, left-hand side, index form)
PRINTED = [
    ("a.T@X@b", "X", 1, {}, "df/dX[k,l]", "a[k]*b[l]"),
    ("A@X@B", "X", 1, {}, "dY[i,j]/dX[k,l]", "A[i,k]*B[l,j]"),
    ("sum(x**3)", "x", 3, {}, "d3f/dx[i]dx[j]dx[k]", "6*delta[i,j]*delta[j,k]"),
    ("x.T@A@x", "x", 2, {}, "d2f/dx[i]dx[j]", "A[i,j] + A[j,i]"),
    ("A@x", "A", 1, {}, "dy[i]/dA[k,l]", "delta[i,k]*x[l]"),
    ("norm(X@w - y)**2", "w", 1, {}, "df/dw[i]", "2*sum(X[j,i]*(sum(X[j,k]*w[k] for k in n) - y[j]) for j in m)"),
    ("inv(X)", "X", 1, {}, "dY[i,j]/dX[k,l]", "-inv(X)[i,k]*inv(X)[l,j]"),
    ("softmax(x)", "x", 1, {}, "dy[i]/dx[j]", "delta[i,j]*softmax(x)[i] - softmax(x)[i]*softmax(x)[j]"),
    ("X.T@X", "X", 1, {}, "dY[i,j]/dX[k,l]", "delta[j,l]*X[k,i] + delta[i,l]*X[k,j]"),
    ("tr(X@X)", "X", 2, {}, "d2f/dX[i,j]dX[k,l]", "2*delta[i,l]*delta[j,k]"),
    ("tanh(x)", "x", 2, {}, "d2y[i]/dx[j]dx[k]", "2*delta[i,j]*delta[j,k]*tanh(x[i])*(tanh(x[i])**2 - 1)"),
    ("diag(X)", "X", 1, {}, "dy[i]/dX[k,l]", "delta[i,k]*delta[k,l]"),
    ("kron(A, X)", "X", 1, {}, "dY[i*p + j,k*q + l]/dX[r,s]", "delta[j,r]*delta[l,s]*A[i,k]"),
    ("x/norm(x)", "x", 1, {}, "dy[i]/dx[j]", "delta[i,j]/norm(x) - x[i]*x[j]/norm(x)**3"),
    ("x[0]**3", "x", 2, {}, "d2f/dx[i]dx[j]", "6*delta[i,0]*delta[i,j]*x[0]"),
    ("a*x**5", "x", 3, {"shapes": {"x": (), "a": ()}}, "d3f/dx3", "60*a*x**2"),
    ("sum(x)", "x", 4, {}, "d4f/dx[i]dx[j]dx[k]dx[l]", "0"),
    ("X@X", "X", 2, {"along": "U"}, "d2Y[i,j]/dX[k,l][U]", "delta[j,l]*U[i,k] + delta[i,k]*U[l,j]"),
    ("x[2:]*x[:-2]", "x", 1, {}, "dy[i]/dx[j]", "delta[i,j]*x[i + 2] + delta[i + 2,j]*x[i]"),
    ("sum(x[1:]**2)", "x", 1, {}, "df/dx[i]", "2*sum(delta[i,j + 1]*x[j + 1] for j in range(n - 1))"),
    ("hstack(A, B)@x", "B", 1, {"shapes": {"A": ("n", "m")}}, "dy[i]/dB[k,l]", "delta[i,k]*x[l + m]"),
    ("x[::2].T@b", "x", 1, {}, "df/dx[i]", "sum(delta[i,2*j]*b[j] for j in n)"),
    ("x[::-1].T@A@y", "y", 1, {}, "df/dy[i]", "sum(x[j]*A[n - 1 - j,i] for j in n)"),
    ("exp(kron(X, A)[1, :])", "X", 1, {"shapes": {"X": (2, 2), "A": (2, 3)}}, "dY[i*3 + j]/dX[k,l]",
     "delta[k,0]*delta[i,l]*exp(X[0,i]*A[1,j])*A[1,j]"),
    ("x[2:]**2", "x", 1, {}, "dy[i]/dx[j]", "2*delta[i + 2,j]*x[i + 2]"),
    ("sum(x[i]**i for i in n)", "x", 1, {}, "df/dx[i]", "x[i]**(i - 1)*i"),
    ("sum(x[i]**i for i in n)", "x", 2, {}, "d2f/dx[i]dx[j]", "x[i]**(i - 2)*i*(i - 1)*delta[i,j]"),
    ("sum(x[i]*x[n - 1 - i] for i in n)", "x", 1, {}, "df/dx[i]", "2*x[n - i - 1]"),
    ("sum(x[i]**2 for i in n if i != j)", "x", 1, {}, "df/dx[i]", "2*where(i != j, x[i], 0)"),
    ("sum(x[i]*x[j]/(i + j + 1) for i in n for j in n)", "x", 1, {}, "df/dx[i]",
     "sum(x[k]/(i + k + 1) for k in n) + sum(x[j]/(i + j + 1) for j in n)"),
    ("logdet(sum(w[k]*A[k] for k in K))", "w", 1, {"shapes": {"A": ("K", "n", "n")}}, "df/dw[j]",
     "sum(inv(sum(w[i]*A[i] for i in K))[p,l]*A[j,l,p] for l in n for p in n)"),
]  # fmt: skip


@every_row(("text", "wrt", "order", "options", "left", "form"), PRINTED)
def test_what_is_printed(text, wrt, order, options, left, form):
    found = matcalc.diff(text, wrt, order=order, **options).index()
    assert (found.left, str(found)) == (left, form)
    assert check_tensor(found, points=1).ok


@pytest.mark.parametrize(("text", "order", "shapes"), [
    ("norm(x[1:] - x[:-1])**2", 2, None), ("sum(exp(x[1:]*x[:-1]))", 3, None), ("x[::-1].T@A@x", 1, None),
    ("x[1]*x[1:3].T@x[2:4]", 1, {"x": (5,)}), ("x[0]*sum(x[:k]**2)", 1, None),
    ("x[::2]*x[1::2]", 1, {"x": (6,)}),
])
def test_slices_are_moved_indices_and_are_read_back(text, order, shapes):
    form = matcalc.diff(text, "x", order=order, shapes=shapes).index()
    assert check_tensor(form, points=1).ok and ("[:k]" in text or max(errors(form, read=True)) < 1e-10)
    assert form.check(points=1, method="exact").ok
    assert "eye" not in str(form) and "select" not in str(form)
    assert order == 3 or matcalc.check(text, str(form), "x", order=order, shapes=shapes, points=1).ok


def test_an_index_stands_as_a_number_in_claims():
    assert matcalc.check("sum(x[i]**i for i in n)", "i*x[i]**(i - 1)", "x").ok
    assert not matcalc.check("sum(x[i]**i for i in n)", "(i + 1)*x[i]**(i - 1)", "x").ok


@pytest.mark.parametrize(("text", "order"), [
    ("sum(x[i]**i for i in n)", 2), ("sum(x[i]*x[n - 1 - i]*i for i in n)", 2),
    ("sum(x[i]**2 for i in n if i != j)", 1),
    ("sum(x[i]*x[j]/(i + j + 1) for i in n for j in n)", 2), ("sum(x[i]*cos(i*x[i]) for i in n)", 3),
])
def test_entries_of_sums_that_stay_are_those_of_the_matrix_form(text, order):
    answer = matcalc.diff(text, "x", order=order)
    values = {"x": numpy.array([0.5, 1.5, -0.7, 2.0]), **({"j": 2} if "!= j" in text else {})}
    found = answer.index()
    assert found.check().ok and found.latex() and found.unicode()
    if order < 3:
        assert "for i in n)[" not in str(found)
        numpy.testing.assert_allclose(found.evaluate(**values).ravel(), answer.evaluate(**values).ravel(), atol=1e-12)


def test_a_claim_whose_index_leaves_its_axis_is_no_derivative():
    with pytest.raises(matcalc.ShapeError, match="leaves the axis of x, which has n entries"):
        matcalc.check("sum(x[1:]**2)", "2*sum(delta[i,j + 1]*x[j + 1] for j in n)", "x", points=1)
    with pytest.raises(matcalc.ShapeError, match="leaves the axis"):
        matcalc.check("sum(x[1:]**2)", "2*sum(delta[i,j]*x[j - 1] for j in n)", "x", points=1)
    claim = "sum(delta[i,j + 1]*x[j + 1] for j in range(n - 1))"
    assert matcalc.check("sum(x[1:]**2)", claim, "x", points=1).diagnosis == "factor"


def test_no_name_is_taken_for_a_place_to_be_filled():
    shapes = {"zzzr": ("n", 1), "zzzq": ("n", 1)}
    found = matcalc.diff("atan2(zzzr, zzzq)**2", "zzzq", shapes=shapes).index()
    assert "atan2(zzzrᵢ, zzzqᵢ)" in found.unicode()


PLACES = 2  # at which a text is read: its sums are loops of Python


def point_of(query):
    problem = Problem(query, query.elaborated.tree)
    problem.true_value = lambda value, found, point: found
    sampler = problem.sampler(0)
    return informative_point(problem, sampler, set()), problem


@own_torch_state()
def errors(form, read):
    """Return the relative errors of the text (where ``read``) and of the einsum's tree against torch.func.jacrev."""
    point, problem = point_of(form.query)
    if point is None:
        return []
    truth = jacrev(form.elaborated.tree, point, form.query.free, form.book)
    ours = numpy.asarray(form.evaluate(**{name: array.numpy() for name, array in point.arrays.items()}))
    found = [numpy.abs(ours - truth.reshape(ours.shape)).max() / max(numpy.abs(truth).max(), 1e-5 * problem.found[1])]
    if read:
        sizes = {**point.sizes, **{str(k): v for k, v in point.sizes.items()}}
        places = [tuple(place) for place in numpy.random.default_rng(0).integers(ours.shape, size=(PLACES, ours.ndim))]
        text = Reader(point.arrays, sizes, form.book).values(str(form), form.axes, places)
        expected = [truth.reshape(ours.shape)[place] for place in places]
        found.append(numpy.abs(text - expected).max() / max(numpy.abs(truth).max(), 1e-300))
    return found


LOSSES = {
    "logistic": ("sum(log(1 + exp(-y*(X@w))))", "w", {}),
    "softmax cross-entropy": ("logsumexp(A@x) - b.T@A@x", "x", {}),
    "log-det barrier": ("-logdet(A + x[0]*B) + c.T@x", "x", {"assume": {"A": ["pd"], "B": ["pd"], "x": ["positive"]}}),
    "tanh network": ("norm(W2@tanh(W1@x) - y)**2/2", "x", {}),
    "cubic form": ("sum((A@x)**3) + x.T@B@x*(c.T@x)", "x", {}),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_third_derivatives_of_losses(loss):
    text, wrt, options = LOSSES[loss]
    form = matcalc.diff(text, wrt, order=3, **options)
    assert len(form.shape) == 3 and max(errors(form, read=loss != "tanh network")) < 1e-10, form
    along = matcalc.diff(text, wrt, order=3, along="u", **options)
    assert along.check(points=1, method="torch").ok


@pytest.mark.parametrize("loss", ["log-det barrier of a matrix", "product", "quotient"])
def test_texts_of_matrices_are_what_jacrev_gives(loss):
    text, order = {"log-det barrier of a matrix": ("logdet(X)", 3), "product": ("X@A@X.T", 2),
                   "quotient": ("X/norm(X)**2", 1)}[loss]
    assert max(errors(matcalc.diff(text, "X", order=order).index(), read=True)) < 1e-10


def corpus_questions(entries, orders):
    """Yield (entry, order, options) for every entry and order; of order 3 of scalars by columns."""
    for entry, order in itertools.product(entries, orders):
        options = {"shapes": entry["shapes"], "assume": entry.get("assume")}
        column = len(entry["shapes"][entry["wrt"]]) in (1, 2) and entry["shapes"][entry["wrt"]][-1] == 1
        if order < 3 or column and not matcalc.parse(entry["expr"], **options).shape:
            yield entry, order, options


def worst_of_corpus(entries, orders=(1, 2, 3)):
    """Return (how many index forms were compared, the worst error, those that are wrong, those that are refused)."""
    count, worst, wrong, refused = 0, 0.0, [], []
    for entry, order, options in corpus_questions(entries, orders):
        try:
            form = matcalc.diff(entry["expr"], entry["wrt"], order=order, **options).index()
        except matcalc.NoRuleError:
            refused.append((entry["id"], order))
            continue
        report = check_tensor(form, points=1)
        if report.ok is None:
            continue
        count, worst = count + 1, max(worst, report.max_error)
        if not report.ok or not str(form) or not form.einsum or not form.unicode() or not form.latex():
            wrong.append((entry["id"], order, report))
    return count, worst, wrong, refused


def test_a_sample_of_the_corpus_in_tensor_form():
    count, worst, wrong, refused = worst_of_corpus(QUESTIONS[::40])
    assert not wrong and count >= 30 and not refused, (wrong, worst, refused)


@pytest.mark.long
def test_the_whole_corpus_in_tensor_form():
    count, worst, wrong, refused = worst_of_corpus(QUESTIONS)
    print(f"{count} index forms, worst relative error {worst:.2g}; refused: {refused}")
    assert not wrong and count >= 1200 and len(refused) <= 20


def test_values_have_an_axis_for_each_index():
    rng = numpy.random.default_rng(0)
    A, X, B = (rng.standard_normal(shape) for shape in ((2, 3), (3, 4), (4, 5)))
    derivative = matcalc.diff("A@X@B", "X")
    tensor = derivative.tensor(A=A, X=X, B=B)
    numpy.testing.assert_allclose(tensor, numpy.einsum("ik,lj->ijkl", A, B), rtol=1e-14)
    numpy.testing.assert_allclose(derivative.index().evaluate(A=A, X=X, B=B), tensor, rtol=1e-14)
    for layout in ("num", "denom"):
        hessian = matcalc.diff("tr(X.T@C@X@D)", "X", layout, order=2)
        values = {"X": X, "C": rng.standard_normal((3, 3)), "D": rng.standard_normal((4, 4))}
        numpy.testing.assert_allclose(hessian.tensor(**values), hessian.index().evaluate(**values), rtol=1e-12)
    third = matcalc.diff("sum(x**3)", "x", order=3)
    assert third.evaluate(x=[1, 2]).tolist() == [[[6, 0], [0, 0]], [[0, 0], [0, 6]]]
    assert third.axes == ("i", "j", "k") and third.shape == ("n",) * 3
    assert matcalc.diff("c*x.T@x", "c", shapes={"c": (), "x": ("n", 1)}).tensor(c=2.0, x=[3.0, 4.0]) == 25


def test_forms_in_other_notations():
    form = matcalc.diff("A@x", "A").index()
    assert (form.unicode(), form.latex()) == ("δᵢₖ xₗ", r"\delta_{ik} x_{l}")
    gradient = matcalc.diff("norm(X@w - y)**2", "w").index()
    assert gradient.unicode() == "2 Σⱼ Xⱼᵢ (Σₖ Xⱼₖ wₖ - yⱼ)" and gradient.left_side("unicode") == "∂f/∂wᵢ"
    assert gradient.latex() == r"2 \sum_{j} X_{ji} \left(\sum_{k} X_{jk} w_{k} - y_{j}\right)"
    assert gradient.einsum == '-2*einsum("ji,j->i", X, y - X@w)'
    assert matcalc.diff("sum(x**3)", order=3).einsum == '6*einsum("ij,jk->ijk", eye(n), eye(n))'
    assert matcalc.diff("A@X@B", "X").index().einsum == 'einsum("ik,lj->ijkl", A, B)'


def test_letters_are_no_names_and_no_sizes():
    form = matcalc.diff("k*i*sum(j*x**2)", "x", order=2, shapes={"k": (), "i": (), "j": ("l", 1)}).index()
    assert form.axes == ("p", "r") and str(form) == "2*k*i*delta[p,r]*j[p]"


def test_conventions_of_structure_hold_in_index_form():
    options = {"assume": {"S": ["symmetric"]}}
    for structure in ("free", "projected", "parametrized"):
        form = matcalc.diff("tr(S@A@S)", "S", order=2, structure=structure, **options).index()
        assert check_tensor(form, points=1).ok, structure


def test_mixed_derivatives_of_any_order():
    second = matcalc.diff("A@x", ["A", "x"], order=2)
    assert str(second["A", "x"]) == "delta[i,j]*delta[k,l]" and second["A", "x"].left == "d2y[i]/dA[j,k]dx[l]"
    third = matcalc.diff("x.T@A@x", ["A", "x"], order=3)["A", "x", "x"]
    assert third.by == ("A", "x", "x") and check_tensor(third, points=1).ok and len(third.shape) == 4
    with pytest.raises(matcalc.NoRuleError, match="three or more indices"):
        matcalc.diff("A@x", "x").compile(orders=(0, 1, 2))


@pytest.mark.parametrize(("text", "wrt", "order"), [
    ("cumsum(x**2)", "x", 2), ("tril(X)@X", "X", 1), ("x[1:3].T@x[0:2]", "x", 2), ("hstack(A, B)@x", "A", 1),
    ("det(block([[A, B], [C, D]]))", "A", 1), ("sum(exp(y[i]*(X[i, :]@w)) for i in n)", "w", 3), ("prod(x)", "x", 3),
    ("where(x > 0, x**3, x**2)", "x", 2), ("diag(x)@A@diag(x)", "x", 2), ("pinv(X)", "X", 1), ("x**y", "x", 2),
])  # fmt: skip
def test_functions_blocks_and_slices_have_index_forms(text, wrt, order):
    assert check_tensor(matcalc.diff(text, wrt, order=order).index(), points=1).ok


@pytest.mark.parametrize(("text", "wrt", "order", "options", "left", "form"), PRINTED[::3])
def test_the_exact_check_compares_index_forms(text, wrt, order, options, left, form):
    d = matcalc.diff(text, wrt, order=order, **options).index()
    assert check_exactly(d, 2).ok, str(check_exactly(d, 2))
    wrong = replace(d.indexed, tree=Product(Fraction(3), (d.indexed.tree,)))
    if form != "0":
        assert check_exactly(type(d)(d.query, replace(d.derived, indexed=wrong), None), 2).ok is False


def test_a_wrong_index_form_is_noticed():
    form = matcalc.diff("sum(x**3)", order=3)
    other = matcalc.diff("2*sum(x**3)", order=3)
    assert check_tensor(type(form)(form.query, other.derived, None), points=1).ok is False


def test_what_has_no_index_form_is_refused():
    with pytest.raises(matcalc.ShapeError):
        matcalc.diff("sum(x**3)", order=3).evaluate(x=[[1, 2], [3, 4]])
    with pytest.raises(matcalc.UnknownNameError, match="no value for A"):
        matcalc.diff("sum((A@x)**3)", order=3).evaluate(x=[1, 2])


CODES = [
    ("sum(x**3)", "x", 3, {}), ("tanh(W@x)", "x", 2, {}), ("A@X@B", "X", 1, {}), ("kron(A, X)", "X", 1, {}),
    ("norm(x)", "x", 3, {}), ("sum(x)", "x", 3, {}), ("x[0]**3", "x", 3, {}), ("sum(x)", "x", 1, {}),
    ("a*x**5", "x", 3, {"shapes": {"x": (), "a": ()}}), ("X@X", "X", 2, {"along": "U"}),
    ("sum(exp(x@y.T))", "x", 3, {}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wrt", "order", "options"), CODES)
def test_generated_code_is_the_index_form(text, wrt, order, options):
    form = matcalc.diff(text, wrt, order=order, **options).index()
    assert form.compile().check(points=2).ok and form.compile("torch", value=True).check(points=1).ok


def test_code_for_jax_and_for_what_has_no_einsum():
    form = matcalc.diff("logsumexp(A@x)", "x", order=3)
    assert "jnp.einsum" in form.code("jax", name="third") and form.code("jax", name="third").count("def third(") == 1
    with pytest.raises(matcalc.ArgumentError, match="has no einsum"):
        form.code("array-api")
    with pytest.raises(matcalc.ArgumentError, match="cannot be the name of a function"):
        form.code(name="2nd")
    value, third = matcalc.diff("sum(x**3)", order=3).compile(value=True)(x=[1.0, 2.0])
    assert value == 9 and third.shape == (2, 2, 2)


PARTS = [
    ("x.T@A@x", "A[i, j]", 1, "x[i]*x[j]"),
    ("x.T@A@x", "A[0, :]", 1, "x[i]*x[0]"),
    ("A@X@B", "X[0, :]", 1, "A[i,0]*B[k,j]"),
    ("logdet(X)", "X[:, 1]", 2, "-inv(X)[1,i]*inv(X)[1,j]"),
    ("X@X", "X[i, j]", 1, "(X[:, i])[k]*e(j, n)[l] + (X[j, :])[l]*e(i, n)[k]"),
    ("sum(x**3)", "x[i]", 3, "6"),
    ("sum(x**4)", "x[1:3]", 3, None),
]


@pytest.mark.parametrize(("text", "wrt", "order", "form"), PARTS)
def test_by_a_part(text, wrt, order, form):
    found = matcalc.diff(text, wrt, order=order).index()
    assert form is None or str(found) == form
    assert found.check(points=1).ok and check_exactly(found, 2).ok
