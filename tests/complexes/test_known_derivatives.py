"""Derivatives by complex names that stand in books: the answer and the formula have one value at a random point."""

import pytest
import torch

import matcalc
from matcalc.evaluation.complex_draws import draw
from matcalc.evaluation.evaluate import evaluate
from matcalc.language.syntax import parse_tree
from matcalc.rulebook.facts import facts

COMPLEX, HERMITIAN = ["complex"], ["hermitian"]
Z = {"Z": COMPLEX, "A": COMPLEX, "B": COMPLEX}
z = {"z": COMPLEX, "a": COMPLEX, "A": COMPLEX}
HJ = "Hjørungnes (2011), table "
# text, declared facts, by Z, by conj(Z), source
BOOK = [
    ("a.T@z", z, "a", "zeros(n)", HJ + "4.2"),
    ("a.T@conj(z)", z, "zeros(n)", "a", HJ + "4.2"),
    ("z.H@a", z, "zeros(n)", "a", HJ + "4.2; Brandwood (1983), section 3"),
    ("z.T@A@z", z, "(A + A.T)@z", "zeros(n)", HJ + "4.2"),
    ("z.H@A@z", z, "A.T@conj(z)", "A@z", HJ + "4.2; Brandwood (1983), section 3"),
    ("z.H@A@conj(z)", z, "zeros(n)", "(A + A.T)@conj(z)", HJ + "4.2"),
    ("z.H@R@z", {"z": COMPLEX, "R": HERMITIAN}, "conj(R@z)", "R@z", "Kreutz-Delgado (2009), section 4.3"),
    ("norm(A@z - a)**2", z, "A.T@conj(A@z - a)", "A.H@(A@z - a)", "Kreutz-Delgado (2009), section 5, least squares"),
    ("abs(a.H@z)**2", z, "conj(a)*(z.H@a)", "a*(a.H@z)", "Brandwood (1983), section 4"),
    ("tr(Z)", Z, "eye(n)", "zeros(n, n)", HJ + "4.3"),
    ("tr(A@Z)", Z, "A.T", "zeros(n, n)", HJ + "4.3; Matrix Cookbook 4.1.2"),
    ("tr(A@Z.H)", Z, "zeros(n, n)", "A", HJ + "4.3; Matrix Cookbook 4.1.2"),
    ("tr(A@conj(Z))", Z, "zeros(n, n)", "A.T", "Matrix Cookbook 4.1.2"),
    ("tr(Z@Z.H)", Z, "conj(Z)", "Z", "Matrix Cookbook 4.1.2"),
    ("tr(Z@A@Z.T@B)", Z, "B.T@Z@A.T + B@Z@A", "zeros(n, n)", HJ + "4.3"),
    ("tr(Z@A@Z@B)", Z, "(A@Z@B + B@Z@A).T", "zeros(n, n)", HJ + "4.3"),
    ("tr(Z@A@Z.H@B)", Z, "B.T@conj(Z)@A.T", "B@Z@A", HJ + "4.3"),
    ("tr(Z@A@conj(Z)@B)", Z, "B.T@Z.H@A.T", "A.T@Z.T@B.T", HJ + "4.3"),
    ("tr(A@inv(Z))", Z, "-inv(Z).T@A.T@inv(Z).T", "zeros(n, n)", HJ + "4.3"),
    ("tr(matpow(Z, 3))", Z, "3*(Z@Z).T", "zeros(n, n)", HJ + "4.3"),
    ("det(Z)", Z, "det(Z)*inv(Z).T", "zeros(n, n)", HJ + "4.4"),
    ("det(A@Z@B)", Z, "det(A@Z@B)*A.T@inv(B.T@Z.T@A.T)@B.T", "zeros(n, n)", HJ + "4.4"),
    ("det(Z@Z)", Z, "2*det(Z)**2*inv(Z).T", "zeros(n, n)", HJ + "4.4"),
    ("det(Z@Z.T)", Z, "2*det(Z@Z.T)*inv(Z@Z.T)@Z", "zeros(n, n)", HJ + "4.4"),
    ("det(Z@conj(Z))", Z, "det(Z@conj(Z))*inv(Z).T", "det(Z@conj(Z))*inv(Z).H", HJ + "4.4"),
    ("det(Z@Z.H)", Z, "det(Z@Z.H)*inv(conj(Z)@Z.T)@conj(Z)", "det(Z@Z.H)*inv(Z@Z.H)@Z", HJ + "4.4"),
    ("det(Z.H@A@Z)", Z, "det(Z.H@A@Z)*(inv(Z.H@A@Z)@Z.H@A).T", "det(Z.H@A@Z)*A@Z@inv(Z.H@A@Z)",
     "Matrix Cookbook (229), (230)"),
    ("logdet(eye(n) + Z@Z.H)", Z, "conj(inv(eye(n) + Z@Z.H)@Z)", "inv(eye(n) + Z@Z.H)@Z",
     "Hjørungnes (2011), 4.5, capacity of a MIMO channel"),
    ("abs(det(Z))", Z, "abs(det(Z))*inv(Z).T/2", "abs(det(Z))*inv(Z).H/2", "Hjørungnes (2011), 4.4 by the chain rule"),
    ("log(det(Z.H@Z))", Z, "inv(Z).T", "inv(Z).H", "Hjørungnes (2011), 4.4 by the chain rule"),
    ('norm(Z, "nuc")', Z, "conj(Z@inv(sqrtm(Z.H@Z)))/2", "Z@inv(sqrtm(Z.H@Z))/2", "Watson (1992): U@V.H, halved"),
    ("eigmax(Z.H@Z)", Z, "conj(Z@eigprojmax(Z.H@Z))", "Z@eigprojmax(Z.H@Z)", "Magnus (1985): tr(v@v.H@dX)"),
    ("tr(sqrtm(Z)@A)", Z, "sylvester(sqrtm(Z), sqrtm(Z), A).T", "zeros(n, n)", "Higham (2008), 6.1"),
    ("a.H@R@a/(a.H@H@a)", {"a": COMPLEX, "R": HERMITIAN, "H": ["complex", "pd"]},
     "conj(R@a/(a.H@H@a) - a.H@R@a/(a.H@H@a)**2*(H@a))", "R@a/(a.H@H@a) - a.H@R@a/(a.H@H@a)**2*(H@a)",
     "Van Trees (2002), the quotient of Rayleigh of a beamformer"),
    ("sum((abs(A@z)**2 - b)**2)", {"z": COMPLEX, "A": COMPLEX}, "2*A.T@((abs(A@z)**2 - b)*conj(A@z))",
     "2*A.H@((abs(A@z)**2 - b)*(A@z))", "Candès, Li & Soltanolkotabi (2015), Wirtinger flow"),
    ("abs(c - z.H@a)**2", {"z": COMPLEX, "a": COMPLEX, "c": COMPLEX}, "-(c - z.H@a)*conj(a)",
     "-a*conj(c - z.H@a)", "Widrow, McCool & Ball (1975), the complex LMS algorithm"),
    ("norm(A@z - b)**2 + lam*norm(z)**2", {"z": COMPLEX, "A": COMPLEX}, "conj(A.H@(A@z - b) + lam*z)",
     "A.H@(A@z - b) + lam*z", "Kreutz-Delgado (2009), section 5, with a ridge"),
    ("sum(sign(z))", {"z": COMPLEX}, "1/(2*abs(z))", "-z**2/(2*abs(z)**3)", "Brandwood (1983), of z/|z|"),
]
ARRAYS = [  # in numerator layout, Hjørungnes' own: the Jacobian of vec by vec
    ("Z", "eye(n*m)", "zeros(n*m, n*m)", HJ + "4.6"),
    ("Z.T", "comm(n, m)", "zeros(n*m, n*m)", HJ + "4.6"),
    ("conj(Z)", "zeros(n*m, n*m)", "eye(n*m)", HJ + "4.6"),
    ("Z.H", "zeros(n*m, n*m)", "comm(n, m)", HJ + "4.6"),
    ("Z@Z.H", "kron(conj(Z), eye(n))", "comm(n, n)@kron(Z, eye(n))", HJ + "4.7"),
    ("Z*conj(Z)", "diag(vec(conj(Z)))", "diag(vec(Z))", HJ + "4.7"),
]
SECOND = [  # the blocks of the Hessian of a real function, Kreutz-Delgado (2009), section 6
    ("z.H@R@z", "zeros(n, n)", "R.T", "R"),
    ("norm(z)**4", "2*conj(z)@z.H", "2*norm(z)**2*eye(n) + 2*conj(z)@z.T", "2*norm(z)**2*eye(n) + 2*z@z.H"),
    ("log(1 + z.H@z)", "-conj(z)@z.H/(1 + z.H@z)**2", "eye(n)/(1 + z.H@z) - conj(z)@z.T/(1 + z.H@z)**2",
     "eye(n)/(1 + z.H@z) - z@z.H/(1 + z.H@z)**2"),
]


def value(text, arrays, sizes):
    return evaluate(parse_tree(text), arrays, sizes, matcalc.api.book_of())


def point(shapes, assume, sizes):
    generator = torch.Generator().manual_seed(5)
    words = {name: frozenset(assume.get(name, ())) for name in shapes}
    return {
        name: draw(tuple(int(sizes.get(str(s), s)) for s in (*shape, 1, 1)[:2]), words[name], "normal", generator)
        for name, shape in shapes.items()
    }


def agrees(derivative, formula, sizes=None):
    """Whether the text of an answer and a formula have one value at a random point."""
    sizes = sizes or {"n": 3, "m": 2}
    arrays = point(derivative.shapes, derivative.assume, sizes)
    one, other = (value(text, arrays, sizes) for text in (str(derivative), formula))
    return one.shape == other.shape and bool((one - other).abs().max() < 1e-9 * (1 + other.abs().max()))


def declared(text, assume):
    return {name: words for name, words in assume.items() if name in matcalc.language.syntax.names(parse_tree(text))}


@pytest.mark.parametrize(("text", "assume", "plain", "conjugate", "source"), BOOK, ids=[row[0] for row in BOOK])
def test_derivatives_of_books(text, assume, plain, conjugate, source):
    assume = declared(text, assume)
    name = next(name for name in ("Z", "z", "a") if name in assume)
    shapes = {key: ("n", "n") for key in assume if key.isupper()}
    shapes |= {"c": ()} if "c" in assume else {}
    for wrt, formula in ((name, plain), (f"conj({name})", conjugate)):
        derivative = matcalc.diff(text, wrt, assume=assume, shapes=shapes)
        assert agrees(derivative, formula), (str(derivative), formula, source)
        assert derivative.check(points=1, method="torch").ok


@pytest.mark.parametrize(("text", "plain", "conjugate", "source"), ARRAYS)
def test_jacobians_of_books(text, plain, conjugate, source):
    for wrt, formula in (("Z", plain), ("conj(Z)", conjugate)):
        derivative = matcalc.diff(text, wrt, "num", assume={"Z": COMPLEX}, shapes={"Z": ("n", "m")})
        assert agrees(derivative, formula), (str(derivative), formula, source)
        assert derivative.check(points=1, method="torch").ok


@pytest.mark.parametrize(("text", "zz", "zc", "cz"), SECOND)
def test_hessians_of_books(text, zz, zc, cz):
    assume = declared(text, {"z": COMPLEX, "R": HERMITIAN})
    blocks = matcalc.diff(text, ["z", "conj(z)"], order=2, assume=assume)
    for names, formula in ((("z", "z"), zz), (("z", "conj(z)"), zc), (("conj(z)", "z"), cz)):
        assert agrees(blocks[names], formula), str(blocks[names])
        assert blocks[names].check(points=1, method="torch").ok


def test_the_short_form_is_that_of_the_books():
    shown = {text: str(matcalc.diff(text, wrt, assume=assume)) for text, wrt, assume in (
        ("z.H@A@z", "conj(z)", {"z": COMPLEX}), ("norm(A@z - b)**2", "conj(z)", {"z": COMPLEX, "A": COMPLEX}),
        ("norm(z)", "z", {"z": COMPLEX}), ("sum(abs(z))", "conj(z)", {"z": COMPLEX}),
        ("logdet(H)", "H", {"H": ["complex", "pd"]}), ("real(a.H@z)", "z", {"z": COMPLEX, "a": COMPLEX}),
        ("logdet(eye(n) + Z@Z.H)", "conj(Z)", {"Z": COMPLEX}))}
    assert list(shown.values()) == [
        "A@z", "A.H@(A@z - b)", "conj(z)/(2*norm(z))", "z/(2*abs(z))", "inv(H).T", "conj(a)/2",
        "inv(eye(n) + Z@Z.H)@Z"]


def test_facts_of_complex_names_are_of_complex_names():
    assert {name for name, fact in facts().items() if "complex" in fact.implies} == {"complex", "hermitian", "unitary"}
