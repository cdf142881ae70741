r"""Formulas in LaTeX, as papers have them."""

import pytest
from latex_samples import CONSTANTS, FUNCTIONS, NAMES, NORMS, PRODUCTS, SCRIPTS, SHAPES, SURROUNDINGS, UNDECLARED
from tables import every_row

import matcalc
from matcalc.errors import MatcalcError
from matcalc.readers import translate


def read(text, book, shapes=SHAPES):
    return translate(text, book, "latex", shapes).text


@every_row(("text", "meant"), UNDECLARED)
def test_undeclared_names_go_by_use_then_by_spelling(text, meant, book):
    assert read(text, book, shapes=None) == meant


@every_row(("text", "meant"), [
    *PRODUCTS, *SCRIPTS, *NORMS, *FUNCTIONS, *CONSTANTS, *NAMES, *SURROUNDINGS,
])
def test_latex_is_read(text, meant, book):
    assert read(text, book) == meant


@pytest.mark.parametrize("text", [text for text, _ in UNDECLARED])
def test_undeclared_formulas_have_derivatives_that_torch_confirms(text):
    """The language finds the same shapes in the translation, so that it can be differentiated as it is."""
    expression = matcalc.parse(text, syntax="latex")
    variable = next(name for name in ("x", "w", "y", "X", "A", "Sigma", "x_1") if name in expression.shapes)
    assert matcalc.diff(expression, wrt=variable).check().ok is not False


TRANSPOSE = r"write X^\top for the transpose"
EXPECT = 'matcalc expect "(y - w.T@x)**2" --dist "x ~ (m, S)" takes expectations'
MATRICES = "write the formula in vectors and matrices"
ENTRY = "write {}, an entry in the language"
OR_SUM = ENTRY + r", or a sum over an index, \sum_{{{}}} {}"
SUMS = r"write \operatorname{sum}(x), \mathbf{1}^\top x or the formula in matrices"
RIGHT = "write only the right-hand side"
DECLARE = 'declare the shapes with --shape "A: n×m, x: m"'

# text with the place marked, the message, the hint
REFUSED = [
    (r"»x_i« x_j", "entries by index are not read", OR_SUM.format("x[i]", "i", "x_i")),
    (r"»A_{ij}«", "entries by index are not read", OR_SUM.format("A[i, j]", "j", "A_{ij}")),
    (r"»A_{lj}« x", "entries by index are not read", OR_SUM.format("A[l, j]", "j", "A_{lj}")),
    (r"»T_{ijk}« x", "entries by index are not read", ENTRY.format("T[i, j, k]")),
    (r"»x_3«", "entries by index are not read", ENTRY.format("x[2]")),
    (r"2 »\nabla« f", r"'\nabla' is not read", RIGHT),
    (r"A x »=« y", "'=' stands in the middle of the formula", RIGHT),
    (r"\frac{»\partial« f}{\partial x}^\top = x", r"'\partial' is not read", RIGHT),
    (r"»x y«", "shapes do not fit in the product: x is n×1, y is n×1", r"x^\top y fits"),
    (r"»A w«", "shapes do not fit in the product: A is n×n, w is m×1", DECLARE),
    (r"»x^2«", "a power is one of a scalar or of a square matrix, but x is n×1",
     'write ^{\\odot …} for the entrywise power, or declare --shape "x: scalar"'),
    (r"»\frac{x}{A}«", "shapes do not fit in the fraction: x is n×1, A is n×n",
     r"write X^{-1} for the inverse, \oslash for the entrywise quotient"),
    (r"»I«", "the size of I is open here", r"write I_n or \mathbf{1}_n"),
    (r"»I_{n \times m}«", "an identity matrix is square", "write I_n"),
    (r"»\foo« x", r"unknown command '\foo'", r"write \operatorname{…} for a function"),
    (r"»\opertorname«{tr}(A)", r"unknown command '\opertorname'", r"write \operatorname{…} for a function"),
    (r"»\lamda« x", r"unknown command '\lamda'", r"did you mean \lambda?"),
    (r"»\operatorname{foo}«(x)", "unknown function 'foo'", r"write foo \cdot (…) for a product"),
    (r"»f«(x) + 1", "unknown function 'f'",
     r'declare it, as --function "f: n -> m", or write f \cdot (…) for a product'),
    (r"\mathbb{»E«}[x]", "an expectation is not a formula of the names alone", EXPECT),
    (r"»E«\left[\|x\|^2\right]", "an expectation is not a formula of the names alone", EXPECT),
    (r"x »\in« A", r"'\in' is not read", "write one expression, without relations"),
    (r"»\begin{cases} 1 \end{cases}«", "a case is a value and a condition",
     r"write \begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}"),
    (r"»\begin{cases} c & c > 0 \end{cases}«", "a choice needs a case for what is left",
     r"add \\ 0 & \text{otherwise}"),
    (r"\begin{cases} c & \text{else} \\ »0« & c > 0 \end{cases}", "the case for what is left is not the last one",
     "write it last"),
    (r"\begin{cases} c & \text{»on Mondays«} \\ 0 & \text{else} \end{cases}", "'on mondays' is no condition",
     r"write \text{if } x > 0"),
    (r"»\begin{tikzcd}« 1 \end{tikzcd}", "this environment is not read",
     r"write \begin{bmatrix} a & b \\ c & d \end{bmatrix}, or give what it holds a name"),
    (r"\begin{bmatrix} 1 & 2 \\ »3« \end{bmatrix}",
     "the rows are not of one length: one of 1 stands beside one of 2", "give every row as many parts"),
    (r"\begin{pmatrix} 1 & »(«2 & 3 \end{pmatrix}", "'(' is never closed", "close it within its part of the matrix"),
    (r"»\begin«{pmatrix} 1 & 2", r"'\begin' is never closed", "close it at the end"),
    (r"x^»(«1)", "this exponent needs braces", "write ^{(…}"),
    (r"(x + y)^{»(«i)}", "a superscript in parentheses is an index", "give each of them a name of its own"),
    (r"A^»-«1", "this exponent needs braces", "write ^{-…}"),
    (r"c^»12«", "only one digit stands in a script without braces", "write ^{12}"),
    (r"x»^*« A", "'^*' is not read",
     r"write X^{\top} for the transpose, x_{\star} for a name, or declare x complex for its conjugate"),
    (r"»\overline«{A x}^\top x", r"'\overline' stands over more than a name",
     "give the whole a name, or declare the names in it complex"),
    (r"A »\top«", r"'\top' is not read", TRANSPOSE),
    (r"x»^«", "nothing stands after '^'", "write the script in braces"),
    (r"x»_«", "nothing stands after '_'", "write the script in braces"),
    (r"(x + y)»_«1", "only a name has a subscript", "entries by index are not read"),
    (r"»\frac«{c}", r"an argument of \frac is missing", "add it in braces"),
    (r"»\hat«{x + y}", r"'\hat' stands over more than a name", "give the whole a name"),
    (r"»\|X\|_{2,1}«", "this norm is not read",
     r"write \|x\|_2, \|x\|_1, \|x\|_\infty, \|x\|_p, \|x\|_W, \|X\|_F or \|X\|_*"),
    (r"\sin»^«{-1} c", "a function is raised to a positive whole number only", r"write \arcsin(x), or 1/\sin(x)"),
    (r"\mathrm{tr}»^«{-1} A", "a function is raised to a positive whole number only",
     r"write 1/\operatorname{tr}(x)"),
    (r"»\max_i x«", "the text differentiates by i, which the formula does not have",
     "write the formula alone, and by which of its names it is differentiated"),
    (r"c + \max»_«i x", r"this subscript of \max is not read", "leave it out"),
    (r"x »2«", "a number follows an operand", r"write the number first, or \cdot before it"),
    (r"»1e-«3 c", "1e-3 is not a number in LaTeX", "write 10^{-3}"),
    (r"1»/«2c", "what stands below '/' is open here", r"write \frac{1}{2} x, or parentheses"),
    (r"c»/«d x", "what stands below '/' is open here", r"write \frac{a}{b} x, or parentheses"),
    (r"A \odot »-«B", "a sign after a sign of a product", "write parentheses: a (-b)"),
    (r"»(«x", "'(' is never closed", "close it at the end"),
    (r"x»)«", "')' is never opened", "remove it"),
    (r"\left( x \right»]«", "'(' is closed by ']'", "close it with ')'"),
    (r"»{«x", "'{' is never closed", "add '}'"),
    (r"x»}«", "'}' has no '{'", "remove it"),
    (r"{»(«x}", "'(' is never closed", "close it before '}'"),
    (r"x »+«", "an operand is missing after '+'", "add one"),
    (r"»\log«", r"the argument of \log is missing", "add it"),
    (r"\left »x«", r"'\left' stands before a delimiter", r"write \left( or leave it out"),
    (r"c »!«", "'!' is not read in a formula", "remove it"),
    (r"x»,« y", "',' stands outside the arguments of a function", "write one formula"),
    (r"»\langle x\rangle«", "an inner product has two arguments", r"write \langle a, b\rangle"),
    (r"c »\pm« d", r"'\pm' is not read", "write + or -"),
]


@every_row(("marked", "message", "hint"), REFUSED, ids=[case[0] for case in REFUSED])
def test_what_is_refused_is_pointed_at(marked, message, hint, book):
    text, span = marked.replace("»", "").replace("«", ""), (marked.index("»"), marked.index("«") - 1)
    with pytest.raises(MatcalcError) as caught:
        translate(text, book, "latex", SHAPES)
    error = caught.value
    assert (error.message, error.hint) == (message, hint)
    assert error.source == text and tuple(error.span) == span


def test_a_letter_in_two_typefaces_is_two_names(book):
    with pytest.raises(matcalc.UnknownNameError, match="bold x and x would both be called x"):
        translate(r"\mathbf{x} + x", book, "latex")


def test_a_letter_that_is_a_variable_is_no_constant(book):
    shapes = {"I": ("n", "n"), "e": ("n", 1), "T": (), "sigma": ("n", "n"), "f": (), "x": ("n", 1), "c": ()}
    assert read(r"I x + e + \sigma(x) + f(x)", book, shapes) == "I@x + e + sigma@x + f*x"
    assert read("c^T", book, shapes) == "c**T"


def test_a_subscript_that_two_names_can_have_is_refused(book):
    with pytest.raises(matcalc.ExpressionSyntaxError, match="this can be x_1 or x1"):
        translate("x_1", book, "latex", {"x1": (), "x_1": ()})
