"""matcalc diff --form, --order and --along: pipes, JSON, several names, messages and exit codes."""

import json

import pytest
from command_line import matcalc_here
from tables import every_row


@pytest.mark.parametrize(("args", "out"), [
    (["A@X@B", "--wrt", "X", "--form", "index"], "A[i,k]*B[l,j]\n"),
    (["A@X@B", "--wrt", "X", "--form", "tensor"], 'einsum("ik,lj->ijkl", A, B)\n'),
    (["A@X@B", "--wrt", "X", "--form", "kron"], "kron(B, A.T)\n"),
    (["sum(x**3)", "--order", "3"], "6*delta[i,j]*delta[j,k]\n"),
    (["sum(x**3)", "--order", "3", "--format", "latex"], "6 \\delta_{ij} \\delta_{jk}\n"),
    (["x.T@A@x", "--form", "index", "--format", "unicode"], "Σⱼ xⱼ (Aᵢⱼ + Aⱼᵢ)\n"),
    (["sum(x**4)", "--order", "4", "--along", "u", "--along", "v"], "24*diag(u*v)\n"),
    (["sum(exp(X@w + b))", "--shape", "b: n", "--wrt", "w", "--wrt", "b", "--order", "2"],
     "X.T@diag(exp(X@w + b))@X\nX.T@diag(exp(X@w + b))\ndiag(exp(X@w + b))@X\ndiag(exp(X@w + b))\n"),
])  # fmt: skip
def test_answers_into_a_pipe(args, out):
    done = matcalc_here("diff", *args)
    assert (done.exit_code, done.stdout) == (0, out), done.stderr
    assert "torch autograd agrees" in done.stderr


def test_the_axes_are_told():
    done = matcalc_here("diff", "tanh(W@x)", "--wrt", "x", "--order", "2", "--no-check")
    assert done.stderr.startswith("m×n×n, axes i of the function, j,k of x, by x;")


def test_json_has_the_index_form():
    done = matcalc_here("diff", "sum(x**3)", "--order", "3", "--json", "--no-check")
    record = json.loads(done.stdout)
    assert record["derivative"] == "6*delta[i,j]*delta[j,k]" and record["form"] == "index"
    assert record["axes"] == ["i", "j", "k"] and record["shape"] == ["n", "n", "n"] and record["by"] == ["x"] * 3
    assert record["einsum"] == '6*einsum("ij,jk->ijk", eye(n), eye(n))' and record["left"] == "d3f/dx[i]dx[j]dx[k]"


@every_row(("args", "code", "message"), [
    (["sum(x**3)", "--order", "3", "--form", "kron"], 2, "three or more indices, and a matrix two"),
    (["sum(x**3)", "--order", "3", "--form", "einsum"], 2, "unknown form 'einsum'"),
    (["sum(x**3)", "--order", "7"], 2, "order 7 is not from 1 to 6"),
    (["sum(x**3)", "--order", "0"], 2, "order 0 is not from 1 to 6"),
    (["sum(x**3)", "--along", "u"], 2, "a matrix without directions"),
    (["sum(x**3)", "--order", "3", "--along", "x"], 2, "has this name already"),
    (["expm(X)", "--order", "2"], 3, ""),
])  # fmt: skip
def test_errors(args, code, message):
    done = matcalc_here("diff", *args)
    assert done.exit_code == code and message in done.stderr, done.stderr


def test_code_of_tensors_blocks_and_directions():
    third = matcalc_here("code", "sum(x**3)", "--orders", "0,3")
    assert third.exit_code == 0 and "def value_and_derivative_3(" in third.stdout and "numpy.einsum" in third.stdout
    along = matcalc_here("code", "logsumexp(A@x)", "--orders", "3", "--along", "u", "--target", "torch")
    assert along.exit_code == 0 and "u: torch.Tensor" in along.stdout
    whole = matcalc_here("code", "sum(exp(X@w + b))", "--wrt", "w", "--wrt", "b", "--shape", "b: n", "--mixed")
    assert whole.exit_code == 0 and "d2f/dwdb.T = X.T@diag(exp(X@w + b))" in whole.stdout
    product = matcalc_here("code", "sum(exp(X@w + b))", "--wrt", "w", "--wrt", "b", "--shape", "b: n", "--mixed",
                           "--product", "hvp")  # fmt: skip
    assert product.exit_code == 0 and "the rows by w of the Hessian by w, b times v_w, v_b" in product.stdout
    wrong = matcalc_here("code", "sum(x**3)", "--orders", "1,3")
    assert wrong.exit_code == 2 and "--orders 3" in wrong.stderr
