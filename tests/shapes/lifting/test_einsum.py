"""einsum is read in matrix form, and means what torch computes."""

import pytest
from tables import every_row

import matcalc

READ = [
    ("ij,j->i", "A, x", "A@x"),
    ("i,ij,j->", "x, A, y", "x.T@A@y"),
    ("ij,jk,kl->il", "A, B, C", "A@B@C"),
    ("ij,jk", "A, B", "A@B"),
    ("ij,kj->ik", "A, B", "A@B.T"),
    ("ii->", "A", "tr(A)"),
    ("ii", "A", "tr(A)"),
    ("ii->i", "A", "diag(A)"),
    ("ij,ij->ij", "A, B", "A*B"),
    ("ij,ij->", "A, B", "sum(A*B)"),
    ("i,j->ij", "x, y", "x@y.T"),
    ("ij->ji", "A", "A.T"),
    ("ij->i", "A", "sum(A, axis=1)"),
    ("ij->j", "A", "sum(A, axis=0).T"),
    ("ij->", "A", "sum(A)"),
    ("i,i", "a, b", "a.T@b"),
    ("i,i,i->", "x, y, z", "sum(x*y*z)"),
    (",ij->ij", "c, A", "c*A"),
    ("ij,jk,ki->", "A, B, C", None),
    ("ij,kj,lj->", "A, B, C", None),
    ("ia,ja,a->ij", "A, B, c", "A@diag(c)@B.T"),
    ("i,ij,ij,j->", "x, A, B, y", None),
]


@pytest.mark.parametrize(("letters", "operands", "form"), READ, ids=[case[0] for case in READ])
def test_einsum_is_a_product_of_matrices(letters, operands, form):
    expression = matcalc.parse(f'einsum("{letters}", {operands})')
    assert form is None or expression.text == form
    for name in expression.shapes:
        # the check takes the typed text: torch's own einsum
        assert matcalc.diff(expression, wrt=name).check().ok


@pytest.mark.parametrize("call", ["np.einsum", "torch.einsum", "jnp.einsum"])
def test_the_libraries_einsum_is_read(call):
    assert matcalc.parse(f'{call}("ij,j->i", A, x) - b', syntax=None).text == "A@x - b"


@every_row(
    ("text", "message"),
    [
        ('einsum("bij,bjk->bik", A, B)', "the result has 3 letters"),
        ('einsum("ij,j->k", A, x)', "the letter k of the result stands in no operand"),
        ('einsum("ij,j", A)', "einsum has 1 operand and letters for 2"),
        ('einsum("i...,i", A, x)', "'...' stands for any number of dimensions"),
        ("einsum(A, x)", "einsum takes letters and arrays"),
        ('einsum("ij->ii", A)', "a letter stands twice in the result"),
        ('einsum("ia,ja,ka->ij", A, B, C)@einsum("i?->i", D)', "the letters of einsum are one word"),
    ],
)
def test_what_einsum_cannot_mean_is_pointed_at(text, message):
    with pytest.raises(matcalc.MatcalcError) as caught:
        matcalc.parse(text)
    assert caught.value.message.startswith(message) and caught.value.hint and caught.value.span is not None
