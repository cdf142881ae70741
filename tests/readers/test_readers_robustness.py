"""Malformed, deep and long formulas: every error is a MatcalcError that points into the text, and none takes long."""

import random

import pytest
from counted_work import calls, counted
from latex_samples import FUNCTIONS as LATEX_FUNCTIONS
from latex_samples import NORMS, PRODUCTS, SCRIPTS
from latex_samples import UNDECLARED as LATEX_UNDECLARED
from matlab_samples import FUNCTIONS, MATRICES, PRECEDENCE, UNDECLARED
from shallow_stack import shallow
from tables import every_row

from matcalc.errors import LimitError, MatcalcError
from matcalc.language.syntax import parse_tree
from matcalc.readers import translate

TEXTS = {
    "matlab": [text for text, _ in UNDECLARED + PRECEDENCE + MATRICES + FUNCTIONS],
    "latex": [text for text, _ in LATEX_UNDECLARED + PRODUCTS + SCRIPTS + NORMS + LATEX_FUNCTIONS],
}
PIECES = {
    "matlab": [
        *"'.*/\\^+-()[]{}:;=,@~% xXaA12n_\"λ",
        ".*",
        "./",
        ".^",
        ".'",
        "norm(",
        "sum(",
        "eye",
        "1e5",
        "'fro'",
        "e(",
    ],
    "latex": [
        *"{}()[]|^_'&$%,.=+-*/<>~# xXaATeIK012nλ",
        r"\frac",
        r"\left",
        r"\right",
        r"\|",
        r"\top",
        r"\mathbf",
        r"\hat",
        r"\sqrt",
        r"\log",
        r"\det",
        r"\sigma",
        r"\operatorname{tr}",
        r"\mathrm",
        r"\cdot",
        r"\odot",
        r"\otimes",
        "^{-1}",
        "_{1}",
        r"\langle",
        r"\rangle",
        r"\\",
        r"\begin{align}",
        r"\text{x}",
        r"\bf",
        r"\rm",
        "||",
        r"^{\odot 2}",
        r"\max",
        r"\lambda_{\max}",
        r"\vec",
        "e^",
        r"\norm",
        r"\exp",
        r"\sum",
        r"\mathbb",
        "I_",
        "e_0",
    ],
}
KNOWN = {"A": ("n", "n"), "x": ("n", 1), "b": ("n", 1), "X": ("n", "m"), "c": ()}


def mutated(text, pieces, rng):
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        start = rng.randint(0, len(text))
        end = min(len(text), start + rng.choice([0, 0, 1, 1, 2, 5]))
        text = text[:start] + (rng.choice(pieces) if rng.random() < 0.7 else "") + text[end:]
    return text


@pytest.mark.parametrize("known", [None, KNOWN], ids=["undeclared", "declared"])
@pytest.mark.parametrize("syntax", TEXTS)
@pytest.mark.parametrize("seed", range(3))
def test_a_mutated_formula_is_read_or_pointed_at(syntax, seed, known, book):
    rng, read, refused = random.Random(seed), 0, 0
    for _ in range(300):
        text = mutated(rng.choice(TEXTS[syntax]), PIECES[syntax], rng)
        try:
            translation = translate(text, book, rng.choice([syntax, None]), known)
        except MatcalcError as error:
            refused += 1
            assert error.source == text, (seed, text)
            assert error.span is not None and 0 <= error.span[0] < error.span[1], (seed, text, error.span)
            assert error.span[0] <= len(text) and error.hint and error.message, (seed, text)
        else:
            read += 1
            parse_tree(translation.text)
    assert read > 20 and refused > 20


@pytest.mark.parametrize("syntax", TEXTS)
def test_every_beginning_of_a_formula_is_read_or_pointed_at(syntax, book):
    for text in TEXTS[syntax]:
        for end in range(len(text)):
            try:
                translate(text[:end], book, syntax, KNOWN)
            except MatcalcError as error:
                assert error.source == text[:end] and error.span is not None


def nested(opening, inner, closing, count):
    return opening * count + inner + closing * count


DEEP = {
    "matlab": [
        ("(", "x", ")"),
        ("sin(", "x", ")"),
        ("-", "x", ""),
        ("", "x", "'"),
        ("", "c", "^2"),
        ("x'*(", "x", ")"),
    ],
    "latex": [
        ("(", "x", ")"),
        ("{", "x", "}"),
        (r"\left(", "x", r"\right)"),
        ("|", "x", "|"),
        (r"\left\|", "x", r"\right\|"),
        (r"\frac{1}{", "c", "}"),
        (r"\sqrt{", "c", "}"),
        (r"\sqrt", " c", ""),
        ("c^{", "c", "}"),
        ("e^{", "c", "}"),
        (r"\sin ", "x", ""),
        (r"\sin(", "x", ")"),
        (r"\log|", "X", "|"),
        (r"\mathbf{", "x", "}"),
        (r"\mathbf", " x", ""),
        (r"{\bf ", "x", "}"),
        (r"\hat{", "x", "}"),
        ("x_{", "x", "}"),
        ("-", "x", ""),
        ("", "x", "^T"),
        ("", "X", "^{-1}"),
        (r"\frac", "12", ""),
        ("", "x", "'"),
        (r"\langle x, ", "x", r"\rangle"),
        (r"\max(0, ", "x", ")"),
        ("[", "x", "]"),
    ],
}


@pytest.mark.parametrize("count", [320, *[pytest.param(count, marks=pytest.mark.long) for count in (900, 7_000)]])
@pytest.mark.parametrize(("syntax", "parts"), [(name, parts) for name, some in DEEP.items() for parts in some])
def test_deep_formulas_are_read_or_refused_at_once(syntax, parts, count, book):
    text = nested(*parts, count)
    try:
        with counted(most=20_000_000 * min(count, 900) // 900), shallow():
            translate(text, book, syntax)
    except MatcalcError as error:
        assert error.source == text and error.hint
        assert count > 900 or not isinstance(error, LimitError)


LONG = {
    "matlab": [
        lambda n: "+".join(["x'*A*x"] * n),
        lambda n: "*".join(["A"] * n),
        lambda n: "+".join(f"x{i}'*y{i}" for i in range(n // 4)),
        lambda n: "+".join(f"X{i}*beta{i}" for i in range(n // 4)),
    ],
    "latex": [
        lambda n: "+".join([r"x^\top A x"] * n),
        lambda n: " ".join(["A"] * n),
        lambda n: "+".join(["X I"] * n),
        lambda n: "+".join([r"\frac{x}{\|y\|}"] * n),
        lambda n: "+".join([r"\mathbf 1^\top x"] * n),
        lambda n: "+".join(f"x_{{{i}}}^T y_{{{i}}}" for i in range(n // 4)),
    ],
}


@pytest.mark.parametrize("count", [30, pytest.param(150, marks=pytest.mark.long)])
@pytest.mark.parametrize(("syntax", "make"), [(name, make) for name, some in LONG.items() for make in some])
def test_the_work_grows_with_the_length(syntax, make, count, book):
    translate(make(10), book, syntax)
    few, many = (calls(translate, make(length), book, syntax) for length in (count, 10 * count))
    assert many < 20 * few


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x" * 1_000_001, "the formula has 1000001 characters; at most 1000000 are read"),
        ("x+" * 60_000, "the formula has more than 100000 words and signs"),
        ("1" * 1_001 + "*x", "a number of 1001 digits; at most 1000 are read"),
        ("(" * 6_100 + "x" + ")" * 6_100, "more than 6000 nested brackets"),
        ("-" * 1_001 + "x", "'-' is repeated more than 1000 times"),
        ("x" + "'" * 1_001, "''' is repeated more than 1000 times"),
    ],
)
@pytest.mark.parametrize("syntax", TEXTS)
def test_limits(syntax, text, message, book):
    with pytest.raises(LimitError) as caught:
        translate(text, book, syntax)
    assert caught.value.message == message


def test_an_exponent_has_its_limit(book):
    with pytest.raises(LimitError, match="the exponent of '1e999' is beyond 400"):
        translate("1e999*x", book, "matlab")


@every_row(
    "text", ["", " ", "\n", "\x00", "\ud800", "🙂", "x\u200b", "\\", "$$", "%", "x'\n*\ny", "\\\n", "{}"]
)
@every_row("syntax", TEXTS)
def test_odd_characters(syntax, text, book):
    try:
        translate(text, book, syntax)
    except MatcalcError as error:
        assert str(error)
