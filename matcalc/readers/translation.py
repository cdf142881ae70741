"""From a formula in any of the four notations to the language: which notation it is, and what it says."""

from __future__ import annotations

import re
from contextlib import suppress

from ..bounds import MAX_CHARACTERS
from ..errors import ExpressionSyntaxError, MatcalcError, Span, UnknownFunctionError, UnknownNameError
from ..language.syntax import Name, names, parse_tree
from ..words import SYNTAXES, known_word
from .python.marks import is_of_vectors, is_python, misfits
from .shared.translation import Translation
from .unicode.marks import has_marks, has_strong_marks
from .wording import Asked, asked_in

_LATEX_MARK = re.compile(r"\\[A-Za-z]{2,}|[\^_]\{|\\\||\\,")
# a paper's macro for a bold letter, or MATLAB's left division
_SHORT_MACRO = re.compile(r"\\[bvm][A-Za-z](?![A-Za-z])")
# 1./x of MATLAB, which is 1.0/x as well; with a matrix product beside it, it is MATLAB's
_POINTED = re.compile(r"(?<![\w.])\d+\.[*/]")
_ENTRYWISE = re.compile(r"\.[*/\\^]")
# a prime after an operand and before an operator or the end; a backslash between operands
_MATLAB_MARK = re.compile(r"[\w)\]'’′.]['’′]\s*(?=[-+*/\\^.,);'’′=]|\Z)|[\w)'’′]\s*\\\s*[\w(]")
# MATLAB's @(x) in front of an anonymous function
_ANONYMOUS = re.compile(r"\s*(?:[A-Za-z]\w*\s*=\s*)?@\([\w\s,]*\)")
# what neither notation has: a slip in the language itself
_LANGUAGE_MARK = re.compile(r"@|\*\*|\.T\b|__|==")
# a transpose or another script as in LaTeX, in a text without any of its commands
_WRITTEN_AS_LATEX = re.compile(
    r"\^\{?\s*-?T(?![_0-9])|\^\{?t(?![a-z_0-9])|\^\{|\^\+|\^-?\d\s*[A-Za-z(]|[\w)] [A-Za-z(]|\be\^"
)
# a T that was raised before its sign was lost
_LOST_SIGN = re.compile(
    r"((?<![\w.\\^])[A-Za-z](?=T(?!\w))"
    r"|(?<![\w.\\^])([A-Za-z])(?=t(?!\w).*(?<!\w)\2(?!\w))"
    r"|[)\]](?=T(?!\w)))[Tt]"
)
# what stands in front of a formula in handwriting: d/dx, min_w
# vector(1) is a constant on matrixcalculus.org, and sum_i(…) a sum over an index
_CALLED_ELSEWHERE = re.compile(r"unknown function '(?:(vector|matrix)|(?:sum|prod)_[a-z]{1,2})'")
_FRONT = re.compile(r"\s*(?:d\s*/\s*d\w|(?:arg\s*)?(?:min|max)_\w)")
# a power by a number, and LaTeX's sign for one that is taken entry by entry
_POWER, _ODOT = re.compile(r"\^\s*(\d+)"), r"^{\\odot \1}"
_WHOLE = {"latex": "LaTeX", "matlab": "MATLAB style", "unicode": "Unicode"}
_LONGEST_HINT = 200
# 1/2 of 1/2x^TAx, which stands in front
_HALF = re.compile(r"(?<![\w.^)])(\d+)\s*/\s*(\d+)(?=\s?(?:[A-Za-z]\^|[(‖|]))")
# where words may stand around the formula
_TAKES_WORDS = (None, "latex", "unicode")
_BRACKETS = re.compile(r"[\[\]{}]")


def translate(text, book, syntax=None, shapes=None, complexes=frozenset()):
    """Return the :class:`Translation` of a formula into the language.

    ``book``: the rule book, for the names of functions. ``syntax``: "matcalc" (the text is returned as it is, or read
    where it has signs of Unicode mathematics), "matlab", "latex", "unicode", or None, which finds it by the tokens: a
    text that the language's own parser accepts is the language. ``shapes``: {name: (rows, columns)} of the names that
    are known, as in declarations; a name that is not among them gets its shape by use, then by spelling. ``complexes``:
    the names that are complex; without any conj(X) is X, so that a prime is a transpose.

    Raises ExpressionSyntaxError, UnknownNameError, UnknownFunctionError, ShapeError or LimitError, whose source is
    ``text``; ArgumentError for a syntax that there is not.
    """
    if syntax is not None:
        known_word("syntax", syntax, SYNTAXES)
    asked = asked_in(text) if syntax in _TAKES_WORDS or syntax == "matcalc" and has_marks(text) else None
    if asked is not None and "d" not in (shapes or {}) and "d" not in book.function_names():
        try:
            return _answered(asked, _read_within_words(asked, book, syntax, shapes, complexes), book)
        except MatcalcError as error:
            raise _placed(error, asked.formula, text) from None
    return _of_formula(text, book, syntax, shapes, complexes)


def _of_formula(text, book, syntax, shapes, complexes):
    """Return the Translation of a formula without words around it."""
    if syntax == "matcalc" and not has_marks(text):
        return Translation(text, syntax)
    if syntax == "matcalc":
        return _read(text, book, "unicode", shapes, complexes=complexes)
    if syntax is not None:
        return _read(text, book, syntax, shapes, complexes=complexes)
    try:
        tree = parse_tree(text)
    except MatcalcError as error:
        return _found(text, book, shapes, error, complexes)
    if _POINTED.search(text) and not _LANGUAGE_MARK.search(text):
        with suppress(MatcalcError):
            found = _read(text, book, "matlab", shapes, complexes=complexes)
            if "@" in found.text:
                return found
    arrays = {name for name, shape in (shapes or {}).items() if shape not in ((), ("1", "1"), (1, 1))}
    if misfits(tree, book, arrays) or is_of_vectors(tree, text, shapes, book):
        # where that fails, what the language itself says of the text is better than what another reader would say
        with suppress(MatcalcError):
            found = _read(text, book, "python", shapes, complexes=complexes)
            if not is_of_vectors(found.tree, found.text, {**found.shapes, **(shapes or {})}, book):
                return found
    return Translation(text, "matcalc", tree)


def _read_within_words(asked, book, syntax, shapes, complexes):
    """Read a formula with words around it: it is not in the language, so that x'Ax and x^T A x are read as meant.

    So is tr(AXB), where the name by which the words differentiate would not occur in it.
    """
    text = asked.formula
    try:
        read = _of_formula(text, book, syntax, shapes, complexes)
        if read.syntax != "matcalc" or _wanted(asked, read, book) is not None or asked.wrt is None:
            return read
        found = _read(text, book, "unicode", shapes, complexes=complexes)
        return found if _wanted(asked, found, book) is not None else read
    except MatcalcError as error:
        for meant in _meant_notations(error, text) if syntax is None else ():
            with suppress(MatcalcError):
                return _read(text, book, meant, shapes, complexes=complexes)
        raise with_whole_reading(error, text, book, shapes) from None


def _placed(error: MatcalcError, formula: str, text: str) -> MatcalcError:
    """Return the error at a part of a text with its place in the whole text."""
    start = text.find(formula)
    if start >= 0 and error.source == formula and error.span is not None:
        error.span = Span(error.span.start + start, error.span.end + start)
    else:
        error.span = Span(0, len(text))
    error.source = text
    return error


def _wanted(asked: Asked, read: Translation, book) -> str | None:
    """Return the name by which words differentiate as the formula has it, None where it has none of that name."""
    wrt = None if asked.wrt is None else plain_name(asked.wrt, book)
    return wrt if wrt in read.arrays or wrt in names(parse_tree(read.text)) else None


def _answered(asked: Asked, read: Translation, book) -> Translation:
    """Return what was read of a formula, with what the words around it ask. Raises UnknownNameError."""
    notes = (*read.notes, *(f"left out: {part if len(part) <= 60 else part[:59] + '…'}" for part in asked.left_out))
    read = read._replace(assume={**read.assume, **{plain_name(name, book): [*words] for name, words in asked.facts}})
    order, wrt = read.order or asked.order, _wanted(asked, read, book)
    times = "twice " if asked.order == 2 else ""
    if asked.wrt is None:
        return read._replace(notes=(*notes, "the text differentiates twice") if times else notes, order=order)
    if wrt is None:
        raise UnknownNameError(
            f"the text differentiates by {asked.wrt}, which the formula does not have",
            source=asked.formula,
            hint="write the formula alone, and by which of its names it is differentiated",
        )
    return read._replace(notes=(*notes, f"the text differentiates {times}by {wrt}"), wrt=(wrt,), order=order)


def plain_name(text, book):
    r"""Return in ASCII the name that a text is in Unicode or LaTeX, beta for β and \beta; any other text as it is."""
    if text.isascii() and "\\" not in text:
        return text
    with suppress(MatcalcError):
        tree = _read(text, book, "latex" if "\\" in text else "unicode", None).tree
        if isinstance(tree, Name):
            return tree.id
    return text


def translate_function(function, book, shapes=None, variables=frozenset()):
    """Return the source of a Python function and its :class:`Translation`, ``wrt`` its only parameter; none is called.

    ``variables``: names that stay variables where the function's surroundings have numbers under them. Raises
    ArgumentError where there is no source, and what :func:`translate` raises.
    """
    from .python.source import source_of

    text, context, parameters = source_of(function, frozenset(variables))
    read = _read(text, book, "python", shapes, context)
    if len(parameters) != 1 or parameters[0] not in names(read.tree):
        return text, read
    note = f"the function is one of {parameters[0]}, and is differentiated by it"
    return text, read._replace(wrt=tuple(parameters), notes=(*read.notes, note))


def _found(text, book, shapes, error, complexes=frozenset()):
    """Read a text that is not in the language by the readers that its tokens fit; the first one's error counts."""
    syntaxes = _with_unicode(text, notations(text))
    first = error
    for syntax in syntaxes:
        try:
            return _read(text, book, syntax, shapes, complexes=complexes)
        except MatcalcError as wrong:
            first = wrong if first is error else first
    raise first


def with_whole_reading(error, text, book, shapes):
    """Let the hint of an error be what the whole text says in another notation, where a sign of one is at fault.

    The hint for x^T A x is x.T@A@x, that for norm(A*x - b)^2 is norm(A@x - b)**2, and that for 2x.T@x is 2*x.T@x.
    """
    from .elsewhere import in_the_language

    asked = asked_in(text)
    text = asked.formula if asked else text
    elsewhere = in_the_language(text)
    if elsewhere is not None:
        with suppress(MatcalcError):
            parse_tree(elsewhere)
            error.hint = f"write {elsewhere}"
            return error
    raised = _with_raised_letters(text)
    if not error.message.startswith("missing operator"):
        raised = _HALF.sub(r"(\1/\2)", raised)
    for syntax in _meant_notations(error, text):
        with suppress(MatcalcError):
            read = _read(raised, book, "latex" if raised != text else syntax, shapes)
            error.hint = f"write {read.text}"
            if syntax in _WHOLE and raised == text:
                error.hint += f", or read the whole as {_WHOLE[syntax]} with --syntax {syntax}"
            return error
    if error.message.startswith("'^' is not a power") and _meant_notations(error, text):
        for syntax, entrywise in (("matlab", _POWER.sub(r".^\1", raised)), ("latex", _POWER.sub(_ODOT, raised))):
            with suppress(MatcalcError):
                error.hint = f"write {_read(entrywise, book, syntax, shapes).text}"
                break
    return error


def _with_raised_letters(text):
    """Return a text with the T of xT A x and (A x)T b raised, where the sign of x^T was lost on the way.

    A small t is the transpose of a name that stands alone as well: xt A x.
    """
    return _LOST_SIGN.sub(lambda found: f"{found[1]}^T ", text)


def _meant_notations(error, text):
    """Return the notations that a text with an error in the language may be in, the likeliest first."""
    if isinstance(error, UnknownFunctionError):
        called = _CALLED_ELSEWHERE.match(error.message) if len(text) <= _LONGEST_HINT else None
        return [] if called is None else ["matlab" if called[1] else "unicode"]
    if not isinstance(error, ExpressionSyntaxError) or len(text) > _LONGEST_HINT:
        return []
    juxtaposed = error.message.startswith("missing operator")
    power = error.message.startswith("'^' is not a power")
    plain = _FRONT.match(text) is not None
    in_latex = not plain and _WRITTEN_AS_LATEX.search(text) and not _LANGUAGE_MARK.search(text)
    found = []
    if in_latex and (juxtaposed or "^" in text or error.message.startswith("a prime")):
        found.append("latex")
    if power and not in_latex and not plain:
        found.append("matlab")
    return [*found, "unicode"] if juxtaposed or power or error.message.startswith("a prime") else found


def notations(text):
    """Return the notations whose tokens occur in a text that is not in the language, the likeliest first."""
    if len(text) > MAX_CHARACTERS:
        return []
    if anonymous := _ANONYMOUS.match(text):
        return ["matlab"] if _MATLAB_MARK.search(text, anonymous.end()) else []
    if not _LATEX_MARK.search(text) and is_python(text):
        return ["python"]
    latex, entrywise = bool(_LATEX_MARK.search(text)), bool(_ENTRYWISE.search(text))
    if latex and not _LATEX_MARK.search(_SHORT_MACRO.sub(" ", text)) and _MATLAB_MARK.search(text):
        return ["matlab", "latex"]
    if latex:
        matlab = entrywise or bool(_MATLAB_MARK.search(text))
    elif _LANGUAGE_MARK.search(text):
        return []
    else:
        matlab = entrywise or bool(_MATLAB_MARK.search(text)) and not _BRACKETS.search(text)
    found = ["latex"] * latex + ["matlab"] * matlab
    return found[::-1] if entrywise else found


def _with_unicode(text, found):
    """Put Unicode's notation where its signs occur: before MATLAB's, and after that of LaTeX's commands."""
    if not has_marks(text) or len(text) > MAX_CHARACTERS:
        return found
    if not has_strong_marks(text):
        return [*found, "unicode"]
    return [*(syntax for syntax in found if syntax == "latex"), "unicode", *(s for s in found if s != "latex")]


def _read(text, book, syntax, shapes, context=None, complexes=frozenset()):
    from .reading import read_in

    return read_in(text, book, syntax, shapes, context, complexes)
