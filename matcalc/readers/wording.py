r"""What is asked around a formula: the gradient of … with respect to x, ∂(…)/∂x =, min_x … s.t. …, and text with $…$.

Only the formula is read; the words say by which name it is differentiated, how often, and what holds of its names.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_MOST = 2000
# a text without any of these is a formula alone; this is asked of every text
_GATE = re.compile(
    r"\b(?:gradient|grad|derivative|differentiat|jacobian|hessian|respect|wrt|w\.\s?r)|\$|\\\(|\\\["
    r"|\b(?:where|with|if|for|when)\s+\w+\s+(?:is|are|symm|pos|diag|orth|inv)"
    r"|=\s*(?:\?|…|\.\.\.|\\ldots|\\dots)?\s*\$*\s*\Z|\A\s*[∂d]|\bs\.\s?t\b|\bsubject to\b|=\s*\\,?\s*\?",
    re.IGNORECASE,
)
_BY = r"(?:with\s+respect\s+to|w\.?\s?r\.?\s?t\.?|wrt)\s+(?:the\s+)?(?:vector\s+|matrix\s+|variable\s+)?"
_NAME = r"(?:\\(?:mathbf|boldsymbol|bm|vec|mathrm)\s*)?(?:\{\\?\w+\}|\\?\w+)"
_WHAT = (
    r"(?P<what>second\s+derivative|gradient|grad|(?:partial\s+|matrix\s+|first\s+|total\s+)?derivative|jacobian|hessian)s?"
    r"(?:\s+matrix|\s+vector)?"
)
# the function f(x) = …
_SUBJECT = r"(?:the\s+)?(?:following\s+)?(?:function|expression|loss|cost|objective|log-likelihood)?\s*:?\s*"
_LEAD = r"(?P<lead>(?:[A-Za-z',:-]+\s+)*?)"
_END = r"\s*[?.!:;]*\s*\Z"
_SENTENCES = [
    re.compile(pattern + _END, re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf"\s*{_LEAD}{_WHAT}\s+of\s+{_SUBJECT}(?P<f>\S.*?)(?:\s*,?\s+(?:{_BY}|by\s+)(?P<x>{_NAME}))?",
        rf"\s*{_LEAD}{_WHAT}\s+{_BY}(?P<x>{_NAME})\s+of\s+{_SUBJECT}(?P<f>\S.*?)",
        rf"\s*{_LEAD}differentiat(?:e|ing|ion of)\s+{_SUBJECT}(?P<f>\S.*?)(?:\s*,?\s+(?:{_BY}|by\s+)(?P<x>{_NAME}))?",
        rf"(?P<f>\S.*?)\s*,?\s+{_BY}(?P<x>{_NAME})",
    )
]
# ∂L/∂W where L = …
_NAMED = re.compile(
    r"\s*(?P<d>[∂d])\s*(?P<name>[^\W\d]\w?)\s*/\s*(?P=d)\s*(?P<x>[^\W\d]\w*)\s*(?:,|;|:|where|with|for|if|when)\s*"
    r"(?:where\s+)?(?P=name)(?:\([^()]*\))?\s*=\s*(?P<f>.*\S)\s*\Z",
    re.DOTALL,
)
_QUOTIENT = re.compile(
    r"\s*(?P<d>[∂d])(?P<twice>[²2]|\^2)?\s*(?P<f>\S.*?)\s*/\s*(?P=d)\s*(?P<x>[^\W\d]\w*?)(?P<two>[²2]|\^2)?\s*\Z",
    re.DOTALL,
)
_UNFINISHED = re.compile(r"(?P<f>.*\S)\s*=\s*(?:\\[,;:! ]\s*)*(?:\?|…|\.\.\.|\\ldots|\\dots)?\s*\Z", re.DOTALL)
_SUBJECT_TO = re.compile(
    r"(?P<f>.*\S)\s*,?\s+(?P<left>(?:s\.\s?t\.?|subject\s+to)\s+\S.*?)\s*\Z", re.DOTALL | re.IGNORECASE
)
# x'Ax where A is symmetric
_CONDITION = re.compile(
    r"(?P<f>.*\S)\s*,?\s+(?:where|with|if|for|when|and)\s+(?P<of>[^\W\d]\w*)\s+(?:(?:is|are)\s+)?"
    r"(?P<facts>[A-Za-z -]+?)\s*\Z",
    re.DOTALL,
)
_IS_FORMULA = re.compile(r"[^\w\s\\{}$,;]|\w\s+\w")
_NAMED_FUNCTION = re.compile(r"[\\\w{} ]+(?:\([^()=+*/-]*\))?")
# \nabla_w L and \frac{\partial L}{\partial w}, which only name what is wanted
_WANTED = re.compile(
    rf"\\nabla(?:_\{{?(?P<below>{_NAME})\}}?)?\s*\\?\w+(?:\{{\w+\}})?(?:\([^()]*\))?"
    rf"|\\[td]?frac\s*\{{(?P<d>\\partial|d|\\mathrm\{{d\}})\s*(?:\\\w+\{{\w+\}}|\\?\w+)(?:\([^()]*\))?\}}"
    rf"\s*\{{(?P=d)\s*(?P<x>{_NAME})\}}"
)
_SPACES = re.compile(r"\s{2,}")
_WORD = re.compile(r"[A-Za-z]{2,}")
_DOLLARS = re.compile(r"\$\$|\$|\\\(|\\\)|\\\[|\\\]")
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_BEFORE_A_NAME = re.compile(r"(?:respect\s+to|w\.?\s?r\.?\s?t\.?|wrt|\bby|derivative\s+in)\W*(?:the\s+\w+\s+)?\Z", re.I)
_BEFORE_A_CONDITION = re.compile(r"\b(?:where|with|let|and|if|for|given|when|assume|assuming|suppose)\W*\Z", re.I)
_RELATION = re.compile(r"\\(?:in|succ|succeq|ge|geq|le|leq|to|mapsto|sim)(?![A-Za-z])|[<>]")
_SAYS = re.compile(r"\s*(?:is|are|be|being|a|an)\b([^.,;:?]*)", re.IGNORECASE)
_TWICE = ("hessian", "second")


class Asked(NamedTuple):
    """A ``formula``, the name ``wrt`` by which the words around it differentiate, how often, and what is left out.

    ``facts`` are what they say of names: (A, (symmetric,)).
    """

    formula: str
    wrt: str | None = None
    order: int | None = None
    left_out: tuple[str, ...] = ()
    facts: tuple[tuple[str, tuple[str, ...]], ...] = ()


def asked_in(text: str) -> Asked | None:
    """Return what the words around a formula ask; None for a text that is a formula alone."""
    if len(text) > _MOST or not _GATE.search(text):
        return None
    text = _SPACES.sub(lambda found: found[0][0], text)  # of many spaces a pattern would try every place
    asked = _of_dollars(text) or _of_words(text)
    found = _unfinished(asked.formula if asked else text)
    if asked is None or found is None:
        return asked or found
    left_out = asked.left_out + found.left_out
    return Asked(found.formula, found.wrt or asked.wrt, found.order or asked.order, left_out, found.facts)


def _unfinished(text: str) -> Asked | None:
    """Return what ∂(…)/∂x, … = ? and … s.t. … ask."""
    found = None
    match = _UNFINISHED.fullmatch(text)
    if match and _IS_FORMULA.search(match["f"]) and not _NAMED_FUNCTION.fullmatch(match["f"].strip()):
        found = Asked(match["f"])
        text = match["f"]
    if "\\" in text:
        return found
    if (match := _SUBJECT_TO.fullmatch(text)) and _IS_FORMULA.search(match["f"]):
        return (_unfinished(match["f"]) or Asked(match["f"]))._replace(left_out=(match["left"],))
    if (match := _CONDITION.fullmatch(text)) and (facts := _facts_in(match["facts"].lower())):
        return (_unfinished(match["f"]) or Asked(match["f"]))._replace(facts=((match["of"], tuple(facts)),))
    if match := _NAMED.fullmatch(text):
        return Asked(match["f"], match["x"])
    match = _QUOTIENT.fullmatch(text)
    if match is None or not _is_one_operand(match["f"]) or bool(match["twice"]) != bool(match["two"]):
        return found
    whole = match["f"][0] == "(" and match["f"].endswith(")") and _is_one_operand(match["f"])
    return Asked(match["f"][1:-1] if whole else match["f"], match["x"], 2 if match["twice"] else None)


def _is_one_operand(text: str) -> bool:
    """Return whether a text is in brackets, or in the bars of a norm, or a function of brackets."""
    bars = re.fullmatch(r"(‖|\|\||\|)(?P<inner>.*?)\1[₀₁₂²\d_^FF*]*", text, re.DOTALL)
    if bars:
        return not re.search(r"[‖|]", bars["inner"])
    match = re.match(r"(?:\s*[A-Za-z]{2,}\s*)?(?=[(\[{])", text)
    if match is None:
        return False
    stack = []
    for place in range(match.end(), len(text)):
        if text[place] in _PAIRS:
            stack.append(_PAIRS[text[place]])
        elif text[place] in ")]}":
            if not stack or stack.pop() != text[place]:
                return False
            if not stack:
                return re.fullmatch(r"[²³ᵀ']*", text[place + 1 :]) is not None
    return False


def _of_words(text: str) -> Asked | None:
    """Return what a sentence without dollar signs asks: the gradient of … with respect to x."""
    for sentence in _SENTENCES:
        match = sentence.fullmatch(text)
        if match and _IS_FORMULA.search(match["f"]):
            what = match.groupdict().get("what") or ""
            return Asked(match["f"].strip(), match["x"], 2 if what.lower().startswith(_TWICE) else None)
    return None


def _of_dollars(text: str) -> Asked | None:
    """Return what a text with formulas between dollar signs asks: the longest, and what is said of its names."""
    pieces = _pieces(text)
    words = " ".join(pieces[::2]).lower() if pieces else ""
    if pieces is None or not _WORD.search(words) and ("\\" in text or len(pieces) > 3):
        return None
    named = {index: _WANTED.fullmatch(pieces[index].strip(" .,;=?")) for index in range(1, len(pieces), 2)}
    formulas = [index for index, wanted in named.items() if not wanted and _IS_FORMULA.search(pieces[index].strip())]
    if not formulas:
        return None
    wrt, conditions, left_out = next((m["below"] or m["x"] for m in named.values() if m), None), [], []
    main = max(formulas, key=lambda index: (
        not _RELATION.search(pieces[index]), not _BEFORE_A_CONDITION.search(pieces[index - 1]), len(pieces[index])
    ))
    for index in range(1, len(pieces), 2):
        piece, said = pieces[index].strip(), _SAYS.match(pieces[index + 1])
        if index == main or named[index]:
            continue
        if _BEFORE_A_NAME.search(pieces[index - 1]) and wrt is None:
            wrt = piece
        elif index not in formulas and said and _facts_in(said[1].strip().lower()):
            conditions.append(rf"{piece} \text{{ is {said[1].strip().lower()}}}")
        elif index in formulas and _BEFORE_A_CONDITION.search(pieces[index - 1]):
            conditions.append(piece)
        elif index in formulas:
            left_out.append(piece)
    formula = pieces[main].strip().rstrip(".,;")
    formula += "".join(rf" \quad \text{{where }} {condition}" for condition in conditions)
    order = 2 if re.search("hessian|second derivative", words) and "gradient" not in words else None
    return Asked(formula, wrt, order, tuple(left_out))


def _pieces(text: str) -> list[str] | None:
    r"""Return the texts between and within dollar signs, by turns; None where they stand in braces or do not pair."""
    places = list(_DOLLARS.finditer(text))
    if not places or len(places) % 2:
        return None
    before = text[: places[0].start()]
    if before.count("{") != before.count("}"):
        return None
    found, start = [], 0
    for place in places:
        found.append(text[start : place.start()])
        start = place.end()
    return [*found, text[start:]]


def _facts_in(phrase: str) -> list[str] | None:
    from .latex.conditions import facts_in  # a reader is imported where a text is not in the language

    return facts_in(phrase)
