r"""Typefaces, accents and words: \mathbf{x}, \hat{\beta}, \operatorname{tr}, \mathrm{loss}.

A typeface does not change what a letter stands for; it is kept with the letter, for a bold 1 is a column of ones.
"""

from __future__ import annotations

import re

from ...errors import ExpressionSyntaxError, Span
from .tokens import LatexToken

_STYLES = {
    **dict.fromkeys(("\\mathbf", "\\boldsymbol", "\\bm", "\\pmb", "\\symbf", "\\textbf", "\\bf", "\\vec"), "bold"),
    **dict.fromkeys(("\\mathbb", "\\mathbbm", "\\Bbb", "\\mathds"), "blackboard"),
    **dict.fromkeys(("\\mathcal", "\\mathscr", "\\cal", "\\mathfrak", "\\EuScript"), "script"),
    **dict.fromkeys(("\\mathsf", "\\mathit", "\\mathtt", "\\mathnormal", "\\sf", "\\it", "\\tt", "\\textit"), ""),
    **dict.fromkeys(("\\mathrm", "\\rm", "\\text", "\\textrm", "\\mbox", "\\textnormal", "\\hbox", "\\symrm"), ""),
    **dict.fromkeys(("\\operatorname", "\\operatorname*", "\\operatornamewithlimits", "\\mathop"), "operator"),
}
_SWITCHES = frozenset({"\\bf", "\\cal", "\\sf", "\\it", "\\tt", "\\rm"})
_WORD_COMMANDS = frozenset(
    "\\mathrm \\text \\textrm \\mbox \\textnormal \\hbox \\symrm \\operatorname \\operatorname* \\mathop \\mathit "
    "\\operatornamewithlimits \\mathsf \\mathtt \\textit \\mathbf \\textbf \\boldsymbol \\bm".split()
)
_ACCENTS = {
    "\\hat": "hat",
    "\\widehat": "hat",
    "\\tilde": "tilde",
    "\\widetilde": "tilde",
    "\\bar": "bar",
    "\\overline": "bar",
    "\\dot": "dot",
    "\\ddot": "ddot",
    "\\check": "check",
    "\\breve": "breve",
    "\\acute": "acute",
    "\\grave": "grave",
    "\\underline": "under",
}
_WORD = re.compile(r"\s*\{\s*([A-Za-z](?:[A-Za-z0-9]|\\_|-(?=[A-Za-z]))+)\s*\}")
_BRACES = ("group", "end group")


def read_words(text, tokens, known, is_function):
    """Return the tokens with words put together, and with the typeface and the accent of each letter.

    ``known``: names of variables; ``is_function``: whether a word is a function. Raises ExpressionSyntaxError for
    braces that do not pair, and for an accent over more than a name.
    """
    tokens = _joined_words(text, tokens)
    partner = _paired_braces(text, tokens)
    tokens = _styled(text, tokens, partner)
    return _runs_of_letters(text, tokens, known, is_function)


def _joined_words(text, tokens):
    """Put together the letters of \\operatorname{tr}: a token of kind "word"."""
    found, end = [], 0
    for token in tokens:
        if token.span.start < end:
            continue
        match = _WORD.match(text, token.span.end) if token.text in _WORD_COMMANDS else None
        if match is None:
            found.append(token)
            continue
        end = match.end()
        word = match[1].replace("\\_", "_").replace("-", "")
        found.append(LatexToken("word", word, Span(token.span.start, end), _STYLES[token.text], "", token.spaced))
    return found


def _paired_braces(text, tokens):
    """Return {index of a brace: index of its partner}."""
    partner, stack = {}, []
    for index, token in enumerate(tokens):
        if token.kind == "group":
            stack.append(index)
        elif token.kind == "end group":
            if not stack:
                _fail(text, "'}' has no '{'", token.span, "remove it")
            opening = stack.pop()
            partner[opening], partner[index] = index, opening
    if stack:
        _fail(text, "'{' is never closed", tokens[stack[-1]].span, "add '}'")
    return partner


def _styled(text, tokens, partner):
    """Take typefaces and accents away, and the braces around a single letter that has one."""
    atoms, scope_ends = _count_atoms(tokens), _scopes(tokens, partner)
    found, dropped, scopes = [], set(), []
    for index, token in enumerate(tokens):
        while scopes and scopes[-1][0] < index:
            scopes.pop()
        is_style = token.kind == "command" and token.text in _STYLES and not _is_vec_function(tokens, index)
        if is_style or token.kind == "command" and token.text in _ACCENTS:
            following = tokens[index + 1] if index + 1 < len(tokens) else None
            if following is None:
                _fail(text, f"a letter is missing after '{token.text}'", token.span, "add one")
            last = scope_ends[index]
            single = atoms[last + 1] - atoms[index + 1] == 1
            if not is_style and not single:
                _fail(text, f"'{token.text}' stands over more than a name", token.span, "give the whole a name")
            if following.kind == "group" and single and token.text not in _SWITCHES:
                dropped |= {index + 1, last}
            style, accent = scopes[-1][1:] if scopes else ("", "")
            if is_style:
                style = _STYLES[token.text] or style
            else:
                accent = _ACCENTS[token.text]
            scopes.append((last, style, accent))
            continue
        if index in dropped:
            continue
        if scopes and token.kind not in _BRACES:
            token.style, token.accent = token.style or scopes[-1][1], scopes[-1][2]
        found.append(token)
    return found


def _is_vec_function(tokens, index):
    """Return whether \\vec stands before parentheses: then it is the function, and not the arrow over a letter."""
    return tokens[index].text == "\\vec" and index + 1 < len(tokens) and tokens[index + 1].kind == "open"


def _count_atoms(tokens):
    """Return how many tokens before each index are neither braces, typefaces nor accents."""
    counts = [0]
    for token in tokens:
        plain = token.kind not in _BRACES and token.text not in _STYLES and token.text not in _ACCENTS
        counts.append(counts[-1] + plain)
    return counts


def _scopes(tokens, partner):
    """Return for each index the index of the last token that a typeface or an accent there is for."""
    last = list(range(len(tokens)))
    closing = [len(tokens)]
    for index in range(len(tokens) - 1, -1, -1):
        token = tokens[index]
        if token.kind == "end group":
            closing.append(index)
        elif token.kind == "group":
            closing.pop()
        elif token.text in _SWITCHES:
            last[index] = closing[-1] - 1
        elif (token.text in _STYLES or token.text in _ACCENTS) and index + 1 < len(tokens):
            following = tokens[index + 1].text
            nested = following in _STYLES or following in _ACCENTS
            last[index] = last[index + 1] if nested else partner.get(index + 1, index + 1)
    return last


def _runs_of_letters(text, tokens, known, is_function):
    """Put together letters without a space between them that are a known name, or a function before parentheses."""
    found, index = [], 0
    while index < len(tokens):
        end = index
        while end < len(tokens) and _continues(tokens, index, end):
            end += 1
        word = "".join(token.text for token in tokens[index:end])
        following = tokens[end] if end < len(tokens) else None
        called = following is not None and following.kind == "open" and following.text in "([\\{"
        if end - index > 1 and (word in known or called and is_function(word)):
            first = tokens[index]
            span = Span(first.span.start, tokens[end - 1].span.end)
            found.append(LatexToken("word", word, span, first.style, first.accent, first.spaced))
        else:
            end = max(end, index + 1)
            found += tokens[index:end]
        index = end
    return found


def _continues(tokens, start, index):
    token = tokens[index]
    if index == start:
        return token.kind == "letter" and len(token.text) == 1
    before = tokens[index - 1]
    return token.kind in ("letter", "number") and token.span.start == before.span.end and token.text.isalnum()


def _fail(text, message, span, hint):
    raise ExpressionSyntaxError(message, source=text, span=span, hint=hint)
