"""Mixed second derivatives and derivatives along directions: blocks of a Hessian, third and fourth derivatives."""

import numpy
import pytest
import torch
from tables import every_row

import matcalc
from matcalc.answers.derivative import answer
from matcalc.answers.question import Question
from matcalc.checks.derivative import check_derivative
from matcalc.language.syntax import parse_tree

# (text, names, along, further options, shape)
MATRICES = [
    ("sum((X@w + b - y)**2)", ("w", "b"), (), {}, ("n", "m")),
    ("sum((X@w + b - y)**2)", ("b", "w"), (), {"layout": "num"}, ("m", "n")),
    ("sum(c*exp(X@w))", ("w", "c"), (), {"shapes": {"c": ()}}, ("m", 1)),
    ("sum(c*exp(X@w))", ("c", "w"), (), {"shapes": {"c": ()}}, (1, "m")),
    ("sum(c*exp(a*X))", ("c", "a"), (), {}, ()),
    ("tr(W@A@W.T) + norm(V@W - Y)**2", ("W", "V"), (), {}, ("m*n", "p*m")),
    ("a*tanh(A@x)", ("x", "a"), (), {"shapes": {"x": ("n", 1)}}, ("n", "m")),
    ("exp(a*c*x)", ("c", "a"), (), {"shapes": {"x": ("n", 1)}}, (1, "n")),
    ("tr(inv(S)@A@inv(R))", ("S", "R"), (),
     {"assume": {"S": ["symmetric"], "R": ["symmetric"]}, "structure": "projected"}, ("n*n", "n*n")),
    ("logdet(S + R)", ("S", "R"), (),
     {"assume": {"S": ["pd"], "R": ["pd"]}, "structure": "parametrized"}, ("n*n", "n*n")),
    ("sum(log(1 + exp(-y*(X@w))))", ("w",) * 3, "u", {}, ("m", "m")),
    ("logdet(X)", ("X",) * 3, "U", {}, ("n*n", "n*n")),
    ("logsumexp(A@x)", ("x",) * 4, ("u", "u"), {}, ("n", "n")),
    ("x.T@A@x*(b.T@x)", ("x",) * 3, "u", {}, ("n", "n")),
    ("tanh(W@x)", ("x",) * 2, "u", {}, ("n", "m")),
    ("X@A@X", ("X",) * 3, ("U", "V"), {"layout": "num"}, ("m*n", "m*n")),
    ("a*x**5", ("x",) * 4, None, {"shapes": {"x": (), "a": ()}}, ()),
    ("inv(t*A + B)", ("t",) * 3, None, {}, ("n", "n")),
]  # fmt: skip


def derivative_of(text, names, along=None, **options):
    along = (list(along) if isinstance(along, tuple) else along) or None
    return answer(Question(text, names[0], also=names[1:], order=len(names), along=along, **options).query())


@pytest.mark.parametrize(("text", "names", "along", "options", "shape"), MATRICES)
def test_both_checks_agree(text, names, along, options, shape):
    derivative = derivative_of(text, names, along, **options)
    report = derivative.check(points=2)
    assert report.exact.ok and report.torch.ok, report
    assert (len(derivative.shape), derivative.by) == (len(shape), names)
    assert tuple(isinstance(size, str) for size in derivative.shape) == tuple(isinstance(size, str) for size in shape)


@pytest.mark.parametrize(("text", "names", "along", "wrong"), [
    ("sum((X@w + b - y)**2)", ("w", "b"), None, "3*X.T"),
    ("logsumexp(A@x)", ("x",) * 3, "u", "A.T@diag(softmax(A@x)*(A@u))@A"),
    ("x.T@x*(b.T@x)", ("x",) * 3, "u", "2*(b@u.T + u@b.T)"),
])  # fmt: skip
def test_both_checks_notice_a_wrong_answer(text, names, along, wrong):
    derivative = derivative_of(text, names, along)
    value = matcalc.parse(wrong, shapes=derivative.shapes).expression
    other = type(derivative)(derivative.query, value)
    assert check_derivative(other, points=2).ok is False and other.check(points=2, method="exact").ok is False


def test_the_blocks_make_the_hessian_of_all_names():
    d = matcalc.diff("sum(exp(X@w + b)) + c**3*sum(b**2)", ["w", "b", "c"], order=2, shapes={"c": (), "b": ("n", 1)})
    rng = numpy.random.default_rng(0)
    X, w, b, c = rng.standard_normal((3, 2)), rng.standard_normal(2), rng.standard_normal(3), 0.7
    rows = [[d[first, second].evaluate(X=X, w=w, b=b, c=c) for second in "wbc"] for first in "wbc"]
    found = numpy.block(rows)

    def f(z):
        return (torch.from_numpy(X) @ z[:2] + z[2:5]).exp().sum() + z[5] ** 3 * (z[2:5] ** 2).sum()

    z = torch.from_numpy(numpy.concatenate([w, b, [c]]))
    truth = torch.autograd.functional.hessian(f, z).numpy()
    numpy.testing.assert_allclose(found, truth, rtol=1e-12)
    assert [block.by for block in d.blocks] == [(first, second) for first in "wbc" for second in "wbc"]
    assert d["w", "w"] is d["w"] is d[0] and d.blocks["b"].by == ("b", "b") and str(d["w", "b"].wrt) == "w"
    v = rng.standard_normal(6)
    product = d.compile(product="hvp")(X=X, w=w, b=b, c=c, v_w=v[:2], v_b=v[2:5], v_c=v[5])
    numpy.testing.assert_allclose(numpy.concatenate([part.reshape(-1) for part in product]), truth @ v, rtol=1e-12)


@pytest.mark.parametrize("target", ["numpy", "torch", "jax"])
def test_generated_code_is_what_the_answers_are(target):
    d = matcalc.diff("sum(exp(X@w + b))", ["w", "b"], order=2, shapes={"b": ("n", 1)})
    functions = [d.blocks.compile(target, orders=(0, 1, 2)), d.compile(target, product="hvp")]
    if target == "numpy":
        third = matcalc.diff("logsumexp(A@x)", order=3, along="u")
        functions += [d["w", "b"].compile(product="hvp"), d["b", "w"].compile(), third.compile()]
    assert all(function.check(points=1).ok for function in functions)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch.func's own
@pytest.mark.parametrize("target", ["numpy", "torch"])
def test_the_check_of_generated_code_runs(target, tmp_path, capsys):
    d = matcalc.diff("sum(tanh(X@w + b*c))", ["w", "c"], order=2, shapes={"b": ("n", 1), "c": ()})
    sources = [d.blocks.code(target, orders=(1, 2), with_check=True), d.code(target, product="hvp", with_check=True)]
    if target == "torch":
        sources.append(matcalc.diff("logdet(X)", order=3, along="U").code(target, orders=(2, 3), with_check=True))
    for source in sources:
        exec(compile(source, "generated", "exec"), {"__name__": "__main__"})  # noqa: S102
    assert capsys.readouterr().out.count("agree: largest relative error") == len(sources)


def test_directions_are_names_of_the_answer():
    d = matcalc.diff("sum(x**4)", order=4, along=["u", "v"])
    assert str(d) == "24*diag(u*v)" and d.along == ("u", "v") and d.shapes["u"] == ("n", 1)
    assert d.evaluate(x=[1, 2], u=[3, 4], v=[5, 6]).tolist() == [[360, 0], [0, 576]]
    assert parse_tree(str(matcalc.diff("sum(x**3)", order=3, along="u"))) is not None
    with pytest.raises(matcalc.UnknownNameError, match="no value for v"):
        d.evaluate(x=[1, 2], u=[3, 4])


@every_row(("options", "message", "hint"), [
    ({"order": 0}, "order 0 is not from 1 to 6", "second derivative"),
    ({"order": 7}, "order 7 is not from 1 to 6", ""),
    ({"order": True}, "order True is not", ""),
    ({"along": "u"}, "order 1 is a matrix without directions", "order=3"),
    ({"order": 2, "along": "u"}, "order 2 is a matrix without directions", "order=3"),
    ({"order": 3, "along": ["u", "v"]}, "along 1 direction, and 2 are given", 'order=4, or along="u"'),
    ({"order": 4, "along": "u"}, "along 2 directions, and 1 is given", 'along=["u", "v"]'),
    ({"order": 3, "along": "A"}, "has this name already", "another name"),
    ({"order": 3, "along": "n"}, "has this name already", "another name"),
    ({"order": 3, "along": "2u"}, "is not the name of a direction", 'along="u"'),
    ({"order": 3, "along": 5}, "is not the name of a direction", 'along="u"'),
    ({"order": 3, "along": []}, "along is for", ""),
])  # fmt: skip
def test_what_cannot_be_asked_is_refused(options, message, hint):
    with pytest.raises(matcalc.ArgumentError, match=message) as caught:
        matcalc.diff("x.T@A@x", shapes={"x": ("n", 1)}, **options)
    assert hint in str(caught.value)


def test_mixed_names_are_asked_for_by_tuples():
    d = matcalc.diff("sum(X@w + b)", ["w", "b"], order=2)
    with pytest.raises(matcalc.UnknownNameError, match="no derivative by 'y'"):
        d["w", "y"]
    with pytest.raises(matcalc.ArgumentError, match="of order 2 is by 2 names, and 3 are given"):
        d["w", "b", "w"]
    with pytest.raises(matcalc.ArgumentError, match="of order 1 is by 1 names"):
        matcalc.diff("sum(X@w + b)", ["w", "b"])["w", "b"]
