"""Complex names in other notations: what a conjugate and an adjoint are written as there."""

import pytest
from tables import every_row

import matcalc
from matcalc.language.syntax import names, parse_tree

COMPLEX = {"z": ["complex"], "a": ["complex"], "Z": ["complex"]}
READ = [
    ("latex", r"z^H A z", "z.H@A@z"),
    ("latex", r"z^{\mathsf H} A z", "z.H@A@z"),
    ("latex", r"z^\dagger A z", "z.H@A@z"),
    ("latex", r"\bar{z}^\top A z", "z.H@A@z"),
    ("latex", r"(z^*)^\top A z", "z.H@A@z"),
    ("latex", r"\left|a^{\mathsf H} z\right|^2", "abs(a.H@z)**2"),
    ("latex", r"\Re(a^H z) + \operatorname{Im}(a^H z)", "real(a.H@z) + imag(a.H@z)"),
    ("latex", r"\overline{A z}^{\top} A z", "(A@z).H@A@z"),
    ("latex", r"\log\det(I + Z Z^{\mathsf H})", "logdet(eye(n) + Z@Z.H)"),
    ("latex", r"Z^{-\mathsf H} z", "inv(Z).H@z"),
    ("unicode", "zᴴ A z", "z.H@A@z"),
    ("unicode", "z̄ᵀ A z", "z.H@A@z"),
    ("matlab", "z'*A*z", "z.H@A@z"),
    ("matlab", "z.'*A*z", "z.T@A@z"),
    ("matlab", "real(a'*z)", "real(a.H@z)"),
    ("python", "z.conj().T @ A @ z", "z.H@A@z"),
    ("python", "np.vdot(a, z)", "dot(conj(a), z)"),
    ("python", "z.H @ A @ z", "z.H@A@z"),
    ("python", "torch.abs(z).sum() + z.real.sum()", "sum(abs(z)) + sum(real(z))"),
]


@every_row(("syntax", "text", "meant"), READ)
def test_complex_names_are_read(syntax, text, meant):
    named = {name: words for name, words in COMPLEX.items() if name in names(parse_tree(meant))}
    shapes = {"z": ("n",), "a": ("n",)} if syntax == "python" else {}
    shapes = {name: shape for name, shape in shapes.items() if name in named}
    found = matcalc.parse(text, syntax=syntax, assume=named, shapes=shapes)
    assert found.text == meant.replace("eye(n)", "eye(m)" if "eye(m)" in found.text else "eye(n)")


@pytest.mark.parametrize(("syntax", "text", "meant"), [
    ("matlab", "x'*A*x", "x.T@A@x"), ("python", "x.conj().T @ A @ x", "x.T@A@x"), ("python", "x.real.sum()", "sum(x)"),
    ("latex", r"x^H A x", "x.T@A@x"), ("python", "np.vdot(x, y)", "dot(x, y)"),
])
def test_of_real_names_nothing_is_conjugated(syntax, text, meant):
    shapes = {"x": ("n",)} if syntax == "python" else {}
    assert matcalc.parse(text, syntax=syntax, shapes=shapes).text == meant


@every_row("kind", ["latex", "unicode"])
@every_row(("text", "wrt"), [
    ("norm(A@z - b)**2", "conj(z)"), ("z.H@A@z", "z"), ("sum(abs(z))", "conj(z)"), ("logdet(Z)", "conj(Z)"),
])
def test_answers_are_read_back(kind, text, wrt):
    assume = {name: words for name, words in COMPLEX.items() if name in names(parse_tree(text))}
    derivative = matcalc.diff(text, wrt, assume=assume)
    shown = derivative.latex() if kind == "latex" else derivative.unicode()
    again = matcalc.parse(shown, syntax=kind, assume=assume, shapes=derivative.shapes)
    assert str(again) == str(derivative)


def test_signs_of_the_printers():
    derivative = matcalc.diff("norm(A@z - b)**2", "conj(z)", assume={"z": ["complex"], "A": ["complex"]})
    assert derivative.latex() == r"A^{\mathsf H} \left(A z - b\right)"
    assert derivative.unicode() == "Aᴴ (A z - b)"
