"""The Unicode and the LaTeX notation: what they look like, and that they say exactly what the tree says."""

import random
import re
from fractions import Fraction

import pytest
from notation_reader import meaning, plain, read_latex, read_unicode
from tables import every_row

from matcalc.algebra.books import make_book
from matcalc.api import book_of
from matcalc.errors import LimitError
from matcalc.language.syntax import Binary, Call, Name, Negate, Number, Transpose, parse_tree
from matcalc.printers.latex import latex_text
from matcalc.printers.sizes import SCALAR, name_shapes, node_shapes
from matcalc.printers.unicode import unicode_text
from matcalc.rulebook.files import read_rules

SHAPES = {
    "A": ("n", "n"),
    "B": ("n", "n"),
    "X": ("n", "n"),
    "x": ("n", 1),
    "y": ("n", 1),
    "p": ("n", 1),
    "a": (),
    "b": (),
    "c": (),
    "k": (),
    "alpha": (),
    "lam": (),
    "Sigma": ("n", "n"),
    "W": ("m", "n"),
    "w1": ("n", 1),
    "x_1": ("n", 1),
    "x1": ("n", 1),
    "sigma": (),
    "I": ("n", "n"),
    "loss": (),
    "x_new": ("n", 1),
}


def unicode(text, shapes=SHAPES):
    return unicode_text(parse_tree(text), book_of(), shapes)


def latex(text, shapes=SHAPES):
    return latex_text(parse_tree(text), book_of(), shapes)


# -- what it looks like -------------------------------------------------------------------------------

LOOKS = [
    ("(A + A.T)@x", "(A + Aᵀ) x", r"\left(A + A^{\top}\right) x"),
    ("2*A.T@(A@x - y)", "2 Aᵀ (A x - y)", r"2 A^{\top} \left(A x - y\right)"),
    (
        "A.T@(diag(p) - p@p.T)@A",
        "Aᵀ (diag(p) - p pᵀ) A",
        r"A^{\top} \left(\operatorname{diag}\left(p\right) - p p^{\top}\right) A",
    ),
    ("inv(X)", "X⁻¹", "X^{-1}"),
    ("inv(X).T", "X⁻ᵀ", r"X^{-\top}"),
    ("inv(X.T)", "(Xᵀ)⁻¹", r"\left(X^{\top}\right)^{-1}"),
    ("inv(A@X)", "(A X)⁻¹", r"\left(A X\right)^{-1}"),
    ("A@inv(X)@x", "A X⁻¹ x", "A X^{-1} x"),
    ("norm(x)**2", "‖x‖²", r"\left\lVert x \right\rVert^{2}"),
    ('norm(X, "fro")', "‖X‖_F", r"\left\lVert X \right\rVert_F"),
    ("norm(x, 2)", "‖x‖₂", r"\left\lVert x \right\rVert_2"),
    ("x*y", "x ∘ y", r"x \odot y"),
    ("a*x*y", "a x ∘ y", r"a x \odot y"),
    ("A@x*y", "(A x) ∘ y", r"\left(A x\right) \odot y"),
    ("A@(x*y)", "A (x ∘ y)", r"A \left(x \odot y\right)"),
    ("x*y*p", "x ∘ y ∘ p", r"x \odot y \odot p"),
    ("x*(y*p)", "x ∘ (y ∘ p)", r"x \odot \left(y \odot p\right)"),
    ("x/y*p", "(x ⊘ y) ∘ p", r"\left(x \oslash y\right) \odot p"),
    ("1/x", "1 ⊘ x", r"1 \oslash x"),
    ("x**2", "x∘²", r"x^{\odot 2}"),
    ("x**(-1)*y", "x∘⁻¹ ∘ y", r"x^{\odot -1} \odot y"),
    ("a**2*b", "a² b", "a^{2} b"),
    ("a**k", "aᵏ", "a^{k}"),
    ("a**(k - 1)", "aᵏ⁻¹", "a^{k - 1}"),
    ("a**(b*c)", "a^(b c)", "a^{b c}"),
    ("a**(1/2)", "a^(1/2)", r"a^{\frac{1}{2}}"),
    ("matpow(X, 3)@x", "X³ x", "X^{3} x"),
    ("matpow(X, k - 1)", "Xᵏ⁻¹", "X^{k - 1}"),
    ("-a**2", "-a²", "-a^{2}"),
    ("(-a)**2", "(-a)²", r"\left(-a\right)^{2}"),
    ("a**b**c", "a^(bᶜ)", "a^{b^{c}}"),
    ("(a**b)**c", "(aᵇ)ᶜ", r"\left(a^{b}\right)^{c}"),
    ("-A@x", "-A x", "-A x"),
    ("A@(-x)", "A (-x)", r"A \left(-x\right)"),
    ("a - (-b)", "a - (-b)", r"a - \left(-b\right)"),
    ("-(a + b)", "-(a + b)", r"-\left(a + b\right)"),
    ("-(-a)", "-(-a)", r"-\left(-a\right)"),
    ("a - (b - c)", "a - (b - c)", r"a - \left(b - c\right)"),
    ("a - b - c", "a - b - c", "a - b - c"),
    ("a*(b + c)", "a (b + c)", r"a \left(b + c\right)"),
    ("exp(b + c)", "exp(b + c)", r"\exp\left(b + c\right)"),
    ("A@(B@X)", "A (B X)", r"A \left(B X\right)"),
    ("A@B@X", "A B X", "A B X"),
    ("a/b/c", "(a/b)/c", r"\frac{\frac{a}{b}}{c}"),
    ("a/(b/c)", "a/(b/c)", r"\frac{a}{\frac{b}{c}}"),
    ("a/(b*c)", "a/(b c)", r"\frac{a}{b c}"),
    ("a/b*c", "(a/b) c", r"\frac{a}{b} c"),
    ("x.T@A@x/n", "xᵀ A x/n", r"\frac{x^{\top} A x}{n}"),
    ("(a/b)**2", "(a/b)²", r"\left(\frac{a}{b}\right)^{2}"),
    ("1/2*x", "(1/2) x", r"\frac{1}{2} x"),
    ("2*3*x", "2 · 3 x", r"2 \cdot 3 x"),
    ("x*2", "x · 2", r"x \cdot 2"),
    ("a*2**b", "a · 2ᵇ", r"a \cdot 2^{b}"),
    ("(x.T@x)*A", "(xᵀ x) A", r"\left(x^{\top} x\right) A"),
    ("(x.T@x*a)*A", "(xᵀ x a) A", r"\left(x^{\top} x a\right) A"),
    ("x.T@x*a", "xᵀ x a", r"x^{\top} x a"),
    ("a*A@x", "a A x", "a A x"),
    ("sqrt(x.T@x)", "√(xᵀ x)", r"\sqrt{x^{\top} x}"),
    ("sqrt(a)*b", "√a b", r"\sqrt{a} b"),
    ("sqrt(a)**3", "(√a)³", r"\sqrt{a}^{3}"),
    ("alpha*Sigma@w1", "α Σ w₁", r"\alpha \Sigma w_{1}"),
    ("x_new + loss*x", "x_new + loss x", r"x_{\mathrm{new}} + \mathrm{loss} x"),
    ("pi*lam", "π λ", r"\pi \lambda"),
    (
        "kron(B.T, eye(n))@vec(X)",
        "(Bᵀ ⊗ Iₙ) vec(X)",
        r"\left(B^{\top} \otimes I_{n}\right) \operatorname{vec}\left(X\right)",
    ),
    ("kron(A@B, X)", "(A B) ⊗ X", r"\left(A B\right) \otimes X"),
    ("comm(n, m)", "Kₙ,ₘ", "K_{n,m}"),
    ("ones(n)@ones(n).T", "𝟏ₙ 𝟏ₙᵀ", r"\mathbf{1}_{n} \mathbf{1}_{n}^{\top}"),
    ("eye(3)@x", "I x", "I_{3} x"),
    ("e(0, n).T@x", "e₀ᵀ x", r"e_{0}^{\top} x"),
    ("tr(A)*B", "tr(A) B", r"\operatorname{tr}\left(A\right) B"),
    ("logdet(X)*A", "log|det(X)| A", r"\log\left|\det\left(X\right)\right| A"),
    ("logdet(X)**2", "(log|det(X)|)²", r"\left(\log\left|\det\left(X\right)\right|\right)^{2}"),
    ("det(X)**2", "det(X)²", r"\det\left(X\right)^{2}"),
    ("abs(a)*abs(b)", "|a| |b|", r"\left|a\right| \left|b\right|"),
    ("sum(X, axis=0)", "𝟏ᵀ X", r"\mathbf{1}^{\top} X"),
    ("softmax(X, axis=1)", "softmax(X, axis=1)", r"\operatorname{softmax}_1\left(X\right)"),
    ("0.5*x", "(1/2) x", r"\frac{1}{2} x"),
]


@every_row("text, in_unicode, in_latex", LOOKS, ids=[row[0] for row in LOOKS])
def test_looks(text, in_unicode, in_latex):
    assert (unicode(text), latex(text)) == (in_unicode, in_latex)


def test_bars_within_bars_are_written_as_a_call():
    assert unicode("norm(x*norm(y))") == "norm(x ‖y‖)"
    assert unicode("abs(abs(a) - 1)") == "abs(|a| - 1)"


def test_a_variable_takes_its_letter_from_a_function():
    assert unicode("I@eye(n)@x") == "I eye(n) x"
    assert unicode("sigma*sigmoid(x)") == "σ sigmoid(x)"
    assert latex("sigma*sigmoid(x)") == r"\sigma \operatorname{sigmoid}\left(x\right)"


def test_names_that_would_look_alike_stay_apart():
    assert unicode("x_1 + x1") == "x₁ + x1"
    assert latex("x_1 + x1") == r"x_{1} + \mathrm{x1}"


def test_without_shapes_the_language_infers_them():
    assert unicode("x.T@A@x*B", None) == "(xᵀ A x) B"
    assert unicode("u*v", None) == "u ∘ v"


def test_the_differential_of_an_expression_in_a_formula_of_a_rule():
    assert unicode("X@d(matpow(X, -k)).T@A") == "X d(X⁻ᵏ)ᵀ A"
    assert latex("d(A@x)*a") == r"\mathrm{d}\left(A x\right) a"


def test_a_rule_of_the_users_own_brings_its_spelling():
    rules = read_rules(
        "twice(X: n,m) -> n,m\n    elementwise\n    d twice(X) = 2*dX\n    torch 2*X\n    source own\n"
        "    unicode ⟪{X}⟫\n    latex \\langle\\!\\langle {X} \\rangle\\!\\rangle\n",
        "own.rules",
    )
    book = make_book(rules)
    tree = parse_tree("twice(A@x)")
    assert unicode_text(tree, book, SHAPES) == "⟪(A x)⟫"
    assert latex_text(tree, book, SHAPES) == r"\langle\!\langle \left(A x\right) \rangle\!\rangle"


# -- that it says what the tree says ------------------------------------------------------------------------


def _random_tree(rng, kind, depth):
    if depth == 0 or rng.random() < 0.1:
        return _leaf(rng, kind)
    deeper = {k: (lambda k=k: _random_tree(rng, k, depth - 1)) for k in ("matrix", "column", "scalar")}
    m, v, s = deeper["matrix"], deeper["column"], deeper["scalar"]
    makers = {
        "matrix": [
            lambda: Binary("@", m(), m()),
            lambda: Binary(rng.choice("+-*/"), m(), m()),
            lambda: Binary("*", s(), m()),
            lambda: Binary("*", m(), s()),
            lambda: Binary("/", m(), s()),
            lambda: Transpose(m()),
            lambda: Negate(m()),
            lambda: Call("inv", (m(),)),
            lambda: Binary("@", v(), Transpose(v())),
            lambda: Call("exp", (m(),)),
            lambda: Binary("**", m(), s()),
            lambda: Call("kron", (m(), Transpose(m()))),
            lambda: Call("sqrt", (m(),)),
        ],
        "column": [
            lambda: Binary("@", m(), v()),
            lambda: Binary(rng.choice("+-*/"), v(), v()),
            lambda: Binary("*", s(), v()),
            lambda: Binary("*", v(), s()),
            lambda: Binary("/", v(), s()),
            lambda: Negate(v()),
            lambda: Binary("**", v(), Number(Fraction(rng.randint(1, 12)))),
        ],
        "scalar": [
            lambda: Binary(rng.choice("+-*/"), s(), s()),
            lambda: Binary("@", Transpose(v()), v()),
            lambda: Negate(s()),
            lambda: Binary("**", s(), s()),
            lambda: Call("tr", (m(),)),
            lambda: Call("norm", (v(),)),
            lambda: Call("sqrt", (s(),)),
            lambda: Binary("**", s(), Negate(Number(Fraction(rng.randint(1, 3))))),
        ],
    }
    return rng.choice(makers[kind])()


def _leaf(rng, kind):
    if kind == "scalar" and rng.random() < 0.4:
        return Number(Fraction(rng.randint(0, 12)))
    return Name(
        rng.choice({"matrix": ["A", "B", "Sigma"], "column": ["x", "y", "p"], "scalar": ["a", "b", "k", "alpha"]}[kind])
    )


SAMPLES = 800


@pytest.mark.parametrize(
    "write, read", [(unicode_text, read_unicode), (latex_text, read_latex)], ids=["unicode", "latex"]
)
@pytest.mark.parametrize("seed", range(2))
def test_a_reader_finds_the_tree_again(write, read, seed):
    book, rng = book_of(), random.Random(seed)
    for sample in range(SAMPLES):
        tree = _random_tree(rng, rng.choice(["matrix", "column", "scalar"]), rng.randint(1, 5))
        text = write(tree, book, SHAPES)
        shapes = node_shapes(tree, book, name_shapes(tree, book, SHAPES))
        wanted = meaning(tree, lambda node, shapes=shapes: shapes[id(node)] == SCALAR)
        assert plain(read(text)) == plain(wanted), f"seed {seed}, sample {sample}: {text}"


@every_row("text", [row[0] for row in LOOKS])
def test_latex_is_balanced(text):
    written = latex(text)
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", written):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0
    assert len(re.findall(r"\\left(?![a-z])", written)) == len(re.findall(r"\\right(?![a-z])", written))
    assert not re.search(r"\^\{[^{}]*\}\^|\}_\{[^{}]*\}_", written), "a double script"


def test_every_template_of_the_rule_book_is_balanced_and_filled():
    for rule in book_of().rules:
        assert rule.latex.count("{") == rule.latex.count("}"), rule.id
        assert rule.latex.count(r"\left") == rule.latex.count(r"\right"), rule.id
        for parameter in rule.params:
            if rule.latex and parameter.kind == "array":
                assert f"{{{parameter.name}}}" in rule.latex, rule.id
            if rule.unicode and parameter.kind == "array":
                assert f"{{{parameter.name}}}" in rule.unicode, rule.id


# -- size -----------------------------------------------------------------------------------------------------


def _nested(depth, wrap):
    tree = Name("x")
    for _ in range(depth):
        tree = wrap(tree)
    return tree


@pytest.mark.parametrize(
    "wrap",
    [
        lambda t: Binary("+", Name("y"), t),
        lambda t: Binary("@", Name("A"), t),
        lambda t: Negate(t),
        lambda t: Call("exp", (t,)),
        lambda t: Binary("*", t, Name("y")),
        lambda t: Binary("/", t, Name("a")),
        lambda t: Binary("**", t, Number(Fraction(2))),
    ],
)
@pytest.mark.parametrize("write", [unicode_text, latex_text])
def test_deep_trees_need_no_recursion(wrap, write):
    text = write(_nested(3_000, wrap), book_of(), SHAPES)
    assert len(text) > 3_000


def test_a_shared_tree_that_would_fill_pages_is_refused():
    tree = Name("A")
    for _ in range(60):
        tree = Binary("+", tree, tree)
    with pytest.raises(LimitError, match="too long"):
        unicode_text(tree, book_of(), SHAPES)
