"""Code for Octave and MATLAB: its words, its names, what is refused; values in Octave itself (pytest -m octave)."""

import re

import numpy
import pytest
from code_cases import IDS, NUMBERS, case
from code_functions import FUNCTIONS, SIZES, derivatives
from corpus_entries import QUESTIONS
from looped_sums import SPARSE
from octave_runs import run
from tables import every_row

import matcalc as mc
from matcalc.algebra.expressions import is_array
from matcalc.compiler.octave_lines import octave_functions
from matcalc.compiler.octave_source import OctaveSource
from matcalc.compiler.targets import target_named

# what MATLAB has without a toolbox, and Octave without a package
CORE = set("""abs accumarray acos acosh asin asinh atan atan2 atanh ceil chol cos cosh cross cumsum det diag double
ctranspose eig erf erfc erfcx exp expm expm1 eye find floor gamma gammaln hypot inv isfinite isinf kron
log log10 log1p log2 logm lu max min mod norm numel ones permute pinv prod psi qr real reshape round sign
sin sinh size sort sqrt sqrtm std sum svd median sylvester tan tanh trace tril triu true var zeros""".split())


def test_the_words_are_matlabs():
    source = mc.diff("norm(X@w - y)**2", "w").code("octave", orders=(0, 1, 2))
    assert source.splitlines()[0] == "function [value, gradient, hessian] = value_gradient_and_hessian(X, w, y)"
    assert source.splitlines()[-7:] == [
        "    w = w(:);",
        "    y = y(:);",
        "    r = y - X * w;",
        "    value = r' * r;",
        "    gradient = -2 * (X' * r);",
        "    hessian = 2 * (X' * X);",
        "end",
    ]


@every_row(("text", "wrt", "line"), [
    ("x.T@inv(A)@y", "x", "gradient = A \\ y;"),
    ("sum(x**2/(1 + y))", "x", "gradient = 2 * x .* (1 ./ (y + 1));"),
    ("tr(A@X)", "X", "value = sum(sum(A .* X'));"),
    ("sum(X, axis=0)@w", "w", "gradient = sum(X, 1)';"),
    ("norm(X)", "X", "value = norm(X, 'fro');"),
    ("x[i]**2", "x", "value = x(i + 1) * x(i + 1);"),
])
def test_a_line(text, wrt, line):
    source = mc.diff(text, wrt).code("octave", orders=int(line.startswith("gradient")), name="f")
    assert f"    {line}\n" in source


@every_row("number", NUMBERS[::40], ids=IDS[::40])
def test_nothing_is_in_one_of_the_two_languages_alone(number):
    source = case(number).derivative.code("octave")
    code = "\n".join(re.sub("%.*", "", line) for line in source.splitlines())
    assert not re.search(r"\*\*|!=|!|#|\"|\+=|-=|\*=|endif|endfor|endfunction|numpy|:, None|\)\(", code)
    assert code.count("(") == code.count(")") and code.count("[") == code.count("]")
    called = set(re.findall(r"(?<![\w.'@])([A-Za-z]\w*)\(", code))
    own = set(re.findall(r"(\w+)(?:, \w+)*\]? = ", code)) | set(case(number).arrays) | {"f", "factor"}
    own |= set(re.findall(r"^function .* = (\w+)", code))
    assert called <= CORE | set(octave_functions()) | own


def test_helper_functions_call_what_both_have():
    for name, text in octave_functions().items():
        code = re.sub("%.*", "", text)
        own = set(re.findall(r"(\w+)(?:, \w+)*\]? = ", code)) | set(re.findall(r"\w+", code.splitlines()[0]))
        called = set(re.findall(r"(?<![\w.@])([A-Za-z]\w*)\(", code))
        assert called <= CORE | set(octave_functions()) | own, name


def test_the_words_of_the_language_are_no_names():
    source = mc.diff("end.T@size@lam + norm(end)", "end", shapes={"end": ("n", 1), "size": ("n", "m")}).code("octave")
    assert "(end_, size2, lam)" in source.splitlines()[0]
    assert "(x, sigma, alpha)" in mc.diff("exp(-x.T@x/σ**2)*α", "x").code("octave").splitlines()[0]


def test_a_function_without_a_counterpart_is_named(tmp_path):
    rules = tmp_path / "own.rules"
    rules.write_text("bent(X: n,m) -> n,m\n    elementwise\n    d bent(X) = dX*cos(X)\n    torch torch.sin(X)\n"
                     "    source me\n\nturned(X: n,m) -> n,m\n    linear X\n    adjoint X = turned(G)\n"
                     "    torch torch.flip(X, (0,))\n    source me\n", encoding="utf-8")
    assert "sin(x)" in mc.diff("sum(bent(x))", "x", rules=[str(rules)]).code("octave")
    with pytest.raises(mc.MatcalcError, match=r"turned\(X\) has no counterpart in octave") as caught:
        mc.diff("sum(turned(X)*X)", "X", rules=[str(rules)]).code("octave")
    assert "octave    name(X)" in caught.value.hint


@pytest.mark.parametrize("line", ["system('rm')", "X; Y", "Z + X", "eval(\"1\")", "X{1}", "X'; quit"])
def test_a_line_that_is_no_expression_of_its_parameters_is_refused(line, tmp_path):
    rules = tmp_path / "own.rules"
    rules.write_text(f"bent(X: n,m) -> n,m\n    elementwise\n    d bent(X) = dX*cos(X)\n    torch torch.sin(X)\n"
                     f"    octave {line}\n    source me\n", encoding="utf-8")
    with pytest.raises(mc.MatcalcError, match="not allowed in the octave line"):
        mc.diff("sum(bent(x))", "x", rules=[str(rules)])


def test_what_does_not_run_in_python_is_refused():
    derivative = mc.diff("x.T@A@x", "x")
    with pytest.raises(mc.MatcalcError, match="does not run in Python"):
        derivative.compile("octave")
    with pytest.raises(mc.MatcalcError, match="no check is written"):
        derivative.code("octave", with_check=True)
    with pytest.raises(mc.MatcalcError, match="cannot be the name"):
        derivative.code("octave", name="end")
    with pytest.raises(mc.MatcalcError, match="calls something else"):
        derivative.code("octave", name="norm")


def test_every_word_that_is_written_is_reserved():
    source = OctaveSource(target_named("octave"))
    assert set(source.reserved()) >= {"end", "function", "sum", "softmax", "choose"}


# -- in Octave -----------------------------------------------------------------------------------------------------


def compare(tmp_path, given):
    """Run (name, derivative, orders, arrays, sizes) in NumPy and Octave, and return what differs."""
    calls, expected = [], {}
    for name, derivative, orders, arrays, sizes in given:
        function = derivative.compile("numpy", orders=orders)
        words = {a.name: arrays[a.name] for a in function.program.arguments}
        words |= {size: sizes[size] for size in function.program.sizes}
        found = function(**words)
        expected[name] = found if isinstance(found, tuple) else (found,)
        calls.append((name, derivative.code("octave", name=name, orders=orders), words, len(expected[name])))
    found, wrong = run(tmp_path, calls), []
    for name, arrays in expected.items():
        if not isinstance(found.get(name), list):
            wrong.append((name, found.get(name)))
            continue
        for ours, theirs in zip(found[name], map(numpy.atleast_2d, arrays)):
            size = max(numpy.abs(theirs).max(), 1e-6)
            if ours.shape != theirs.shape or not numpy.abs(ours - theirs).max() <= 1e-10 * size:
                wrong.append((name, ours, theirs))
    return wrong


@pytest.mark.octave
def test_the_corpus_in_octave(tmp_path):
    given = []
    for number in NUMBERS:
        one = case(number)
        arrays = {n: a if one.derivative.shapes[n] else a.reshape(()) for n, a in one.arrays.items()}
        scalar = not is_array(one.derivative.elaborated.expression)
        orders = (0, 1, 2) if scalar and one.derivative.order == 1 else None
        try:
            one.derivative.code("octave", orders=orders)
        except mc.NoRuleError:  # no closed form of the second derivative
            orders = None
        given.append((f"entry_{number}", one.derivative, orders, arrays, one.sizes))
    wrong = compare(tmp_path, given)
    assert not [(QUESTIONS[int(name.split("_")[1])]["id"], *rest) for name, *rest in wrong]


@pytest.mark.octave
def test_every_function_in_octave(tmp_path):
    rng = numpy.random.default_rng(1)
    arrays = {name: rng.normal(size=(4 if rows == "n" else rows, 4 if cols == "n" else cols))
              for name, (rows, cols) in SIZES.items()}
    arrays |= {"S": arrays["B"] + arrays["B"].T}
    arrays |= {"c": numpy.asarray(0.7), "p": numpy.asarray(2.5), "k": numpy.asarray(3.0)}
    given = []
    for number, text in enumerate(FUNCTIONS):
        for derivative in derivatives(text):
            orders = (0, 1) if is_array(derivative.elaborated.expression) else (0, 1, 2)
            try:
                derivative.code("octave", orders=orders)
            except mc.NoRuleError:
                orders = (0, 1)
            sizes = {"n": 4, "i": 1, "j": 1, "k2": 5}
            given.append((f"text_{number}", derivative, orders, arrays, sizes))
    assert len(given) > 110
    assert not [(FUNCTIONS[int(name.split("_")[1])], *rest) for name, *rest in compare(tmp_path, given)]


@pytest.mark.octave
def test_terms_are_added_where_their_entries_are_in_octave(tmp_path):
    rng, sizes = numpy.random.default_rng(2), {"n": 5, "m": 4}
    shapes = {"A": "mm", "B": "mm", "C": "nn", "t": "n", "c": "n", "x": "n", "X": "nm", "y": "m"}
    given = []
    for number, (text, wrt) in enumerate(SPARSE):
        used = {name: tuple(shape) for name, shape in shapes.items() if re.search(rf"\b{name}\b", text)}
        arrays = {name: rng.uniform(0.2, 1, [{**sizes, "1": 1}[size] for size in (*shape, *"1" * (2 - len(shape)))])
                  for name, shape in used.items()}
        given.append((f"sum_{number}", mc.diff(text, wrt=wrt, shapes=used), (0, 1), arrays, sizes))
    assert not compare(tmp_path, given)
