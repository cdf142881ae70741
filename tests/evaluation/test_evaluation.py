"""Surface trees have the values that torch gives for the same text; torch lines can do nothing but compute."""


import pytest
import torch
from counted_work import counted
from tables import every_row

from matcalc.errors import DomainError, LimitError, RuleFileError, ShapeError, UnknownNameError
from matcalc.evaluation.cofactors import adjugate
from matcalc.evaluation.evaluate import evaluate
from matcalc.evaluation.fitting import whole_number, work
from matcalc.evaluation.lines import compile_line
from matcalc.evaluation.matrices import logm, matrix_power, sqrtm
from matcalc.language.syntax import parse_tree

torch.manual_seed(4)
A = torch.randn(3, 3, dtype=torch.float64)
B = torch.randn(3, 4, dtype=torch.float64)
X = torch.randn(3, 1, dtype=torch.float64)
V = torch.randn(3, 1, dtype=torch.float64)
NAMES = {"A": A, "B": B, "x": X, "v": V, "c": torch.tensor([[2.5]], dtype=torch.float64)}
SIZES = {"n": 3, "m": 4}


def value(text, book):
    return evaluate(parse_tree(text), NAMES, SIZES, book)


@every_row(("text", "expected"), [
    ("A@B", A @ B),
    ("A*B[:, :3]".replace("B[:, :3]", "A.T"), A * A.T),
    ("x.T@A@x + 1", X.T @ A @ X + 1),
    ("(x.T@v)*B", (X.T @ V) * B),
    ("x*B", X * B),
    ("-x**2", -(X ** 2)),
    ("abs(x)**(1/2)", X.abs().sqrt()),
    ("1/3*c", torch.tensor([[2.5 / 3]], dtype=torch.float64)),
    ("sum(x)/n", X.sum().reshape(1, 1) / 3),
    ("pi*x", torch.pi * X),
    ("diag(x)", torch.diag(X[:, 0])),
    ("diag(A)", torch.diag(A)[:, None]),
    ("norm(x, 2)", torch.linalg.vector_norm(X).reshape(1, 1)),
    ("norm(A, 2)", torch.linalg.matrix_norm(A, 2).reshape(1, 1)),
    ("norm(B, 1)", B.abs().sum(0).max().reshape(1, 1)),
    ("norm(B, inf)", B.abs().sum(1).max().reshape(1, 1)),
    ('norm(B, "fro")', torch.linalg.vector_norm(B).reshape(1, 1)),
    ('norm(B, "nuc")', torch.linalg.svdvals(B).sum().reshape(1, 1)),
    ("softmax(B)", torch.softmax(B, 0)),
    ("softmax(B, axis=0)", torch.softmax(B, 0)),
    ("softmax(B, axis=1)", torch.softmax(B, 1)),
    ("logsumexp(x)", torch.logsumexp(X, (0, 1)).reshape(1, 1)),
    ("logsumexp(B, axis=1)", torch.logsumexp(B, 1, keepdim=True)),
    ("sum(B, axis=0)", B.sum(0, keepdim=True)),
    ("mean(B, axis=1)", B.mean(1, keepdim=True)),
    ("eye(n) + A", torch.eye(3, dtype=torch.float64) + A),
    ("e(1, n)", torch.eye(3, dtype=torch.float64)[:, 1:2]),
    ("comm(n, m)@vec(B)", B.reshape(-1, 1)),
    ("vec(B)", B.T.reshape(-1, 1)),
    ("kron(A.T, B.T)", torch.kron(A.T.contiguous(), B.T.contiguous())),
    ("matpow(A, n)", A @ A @ A),
    ("matpow(A, -2)", torch.linalg.inv(A @ A)),
    ("solve(A, B)", torch.linalg.inv(A) @ B),
    ("outer(x, v)", X @ V.T),
    ("maximum(B, 0)", torch.relu(B)),
    ("heaviside(B)", (B > 0).to(torch.float64)),
    ("inv(c)", torch.tensor([[0.4]], dtype=torch.float64)),
    ("ones(n*m - 2, 1)", torch.ones(10, 1, dtype=torch.float64)),
])
def test_the_value_is_torchs(text, expected, book):
    torch.testing.assert_close(value(text, book), expected, rtol=1e-12, atol=1e-14)


@every_row(("text", "error"), [
    ("A@x.T", ShapeError), ("A + B", ShapeError), ("det(B)", ShapeError), ("dot(A, B)", ShapeError),
    ("y + x", UnknownNameError), ("eye(k)", UnknownNameError), ("e(3, n)", ShapeError), ("eye(n/2)", ShapeError),
    ("inv(zeros(n, n))", DomainError),
])
def test_what_has_no_value_is_refused(text, error, book):
    with pytest.raises(error):
        value(text, book)


def test_a_deep_tree_needs_no_recursion(book):
    tree = parse_tree("x" + " + x" * 20_000)
    torch.testing.assert_close(evaluate(tree, NAMES, SIZES, book), 20_001 * X, rtol=1e-10, atol=0)


@pytest.mark.parametrize("text", ["zeros(100000, 100000)", "sum(kron(kron(B, B), kron(B, B)))", "x@ones(1, 900000)"])
def test_large_values_are_refused_before_they_are_made(text, book):
    shapes = {"B": (40, 40), "x": (3, 1)}
    with pytest.raises(LimitError, match="too large to check"), counted(most=10_000):
        work(parse_tree(text), shapes, SIZES, book)


def test_sizes_are_whole_numbers():
    assert whole_number(parse_tree("n*m - 2*(n + 1)/4"), {"n": 3, "m": 4}) == 10


# -- what torch lacks -------------------------------------------------------------------------------------


def test_the_adjugate_is_right_for_singular_matrices():
    singular = torch.tensor([[1.0, 2.0], [2.0, 4.0]], dtype=torch.float64)
    assert adjugate(singular).tolist() == [[4.0, -2.0], [-2.0, 1.0]]
    batch = torch.randn(5, 4, 4, dtype=torch.float64)
    identity = torch.eye(4, dtype=torch.float64)
    torch.testing.assert_close(adjugate(batch) @ batch, torch.linalg.det(batch)[:, None, None] * identity)
    assert torch.autograd.gradcheck(adjugate, (singular.requires_grad_(),))


@pytest.mark.parametrize("function", [logm, sqrtm])
@pytest.mark.parametrize("point", ["generic", "symmetric", "identity"])
def test_matrix_functions_are_right_and_differentiable_in_every_direction(function, point):
    base = {"generic": A @ A + 5 * torch.eye(3), "symmetric": A @ A.T + torch.eye(3), "identity": torch.eye(3)}[point]
    base = base.to(torch.float64)
    found = function(base)
    back = found @ found if function is sqrtm else torch.linalg.matrix_exp(found)
    torch.testing.assert_close(back, base, rtol=1e-12, atol=1e-12)
    assert torch.autograd.gradcheck(function, (base.clone().requires_grad_(),))


@pytest.mark.parametrize("function", [logm, sqrtm])
@pytest.mark.parametrize(("diagonal", "shown"), [((1, -2, 3), "-2"), ((1, 0, 3), "0")])
def test_matrix_functions_have_no_value_where_no_real_one_exists(function, diagonal, shown):
    with pytest.raises(DomainError, match=f"{function.__name__} has no real value here: .* eigenvalue {shown}\n"):
        function(torch.diag(torch.tensor(diagonal, dtype=torch.float64)))


def test_a_matrix_power_has_no_derivative_by_its_exponent():
    k = torch.tensor([[2.0]], dtype=torch.float64, requires_grad=True)
    assert matrix_power(A, k).isnan().all()
    assert matrix_power(A, torch.tensor([[0.5]])).isnan().all()


# -- torch lines ----------------------------------------------------------------------------------------------

REFUSED = """
torch.load("x")|torch.hub.load("a", "b")|torch.ops.aten.add(X, X)|torch.os.system("ls")|torch.from_file("x")
torch.nn.functional.torch.load("x")|torch._C._VariableFunctions|torch.relu_(X)|torch.autograd.grad(X, X)
torch_functions.compile_line("X")|torch_functions.torch|X.__class__|().__class__.__bases__|X.numpy()|X.apply_(n)
exec("1")|open("x")|__import__("os")|print(X)|float("nan")|float(X)|getattr(X, "T")|n.real
[X for X in X]|lambda: X|X if X else X|X == X|X and X|not X|{X}|{"a": X}|[X]|f"{X}"|(X := X)|"a"|...
9**9**9|X**9**9|"a"*9|(1,)*9|torch.exp(*X)|torch.exp(**X)|Y + X|X +|
""".replace("\n", "|").split("|")


@every_row("text", [text for text in REFUSED if text] + ["(" * 900, "-" * 1900 + "X", "X" * 3000])
def test_a_torch_line_that_does_anything_else_is_refused(text):
    with pytest.raises(RuleFileError):
        compile_line(text, ("X", "n"))


@every_row("text", [
    "torch.linalg.matrix_norm(X, float('inf'))", "X.mT.reshape(-1, 1)", "torch.linalg.slogdet(X)[1]", "X[:, 0:1]**2/n",
    "torch.nn.functional.softplus(X)", "torch.special.erf(X)", "torch.eye(n, dtype=torch.float64) @ X - 1",
    "torch_functions.adjugate(X)", "torch.sum(X, (0, 1), keepdim=True)",
])
def test_a_torch_line_may_compute(text):
    assert isinstance(compile_line(text, ("X", "n"))({"X": torch.eye(3, dtype=torch.float64), "n": 3}), torch.Tensor)
