r"""Typefaces, accents and words: \mathbf{x}, \hat{\beta}, \operatorname{tr}, \mathrm{loss}.

A typeface does not change what a letter stands for; it is kept with the letter, for a bold 1 is a column of ones.
"""

from __future__ import annotations

import re

from ...errors import ExpressionSyntaxError, Span
from .functions import OVER_MORE
from .tokens import LatexToken

_STYLES = {
    **dict.fromkeys(("\\mathbf", "\\boldsymbol", "\\bm", "\\pmb", "\\symbf", "\\textbf", "\\bf"), "bold"),
    **dict.fromkeys(("\\vec", "\\overrightarrow"), "bold"),
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

_TEXT = frozenset({"\\text", "\\textrm", "\\mbox", "\\textnormal", "\\hbox", "\\textit", "\\mathrm"})
_BOLD = frozenset(command for command, style in _STYLES.items() if style == "bold")
_NUMBERED = re.compile(r"[A-Za-z]\d+")
# {\rm tr} and {\bf X}, with a switch in the braces
_SWITCHED = re.compile(r"\{\s*\\(rm|sf|tt|it|bf)\s+([A-Za-z]{2,})\s*\}")
_ARGUMENT = re.compile(
    r"\s*\{\s*(?:\\(?:rm|mathrm|text|operatorname)(?![A-Za-z])\s*\{?)?\s*"
    r"arg(?:\s|~|\\[,;:! ]|\{\})*(min|max)\s*\}?\s*\}"
)
_ADJOINED = frozenset({"tr", "Tr", "det", "logdet", "log", "ln", "exp", "diag", "vec", "trace", "tanh", "cosh", "sinh"})
_WORD = re.compile(r"\s*\{\s*([A-Za-z](?:[A-Za-z0-9]|\\_|-(?=[A-Za-z]))+)\s*\}")
_BRACES = ("group", "end group")
# after these, braces hold one argument together
_OWNERS = frozenset({"^", "_", "\\frac", "\\tfrac", "\\dfrac", "\\sqrt"})


def read_words(text, tokens, known, is_function):
    """Return the tokens with words put together, and with the typeface and the accent of each letter.

    ``known``: names of variables; ``is_function``: whether a word is a function. Text such as \\text{is symmetric} is
    a token of kind "phrase". Raises ExpressionSyntaxError for braces that do not pair, and for an accent over more
    than a name.
    """
    tokens = _without_braces_below(tokens, _paired_braces(text, tokens))
    tokens = _joined_words(text, tokens, lambda word: word in known or is_function(word))
    partner = _paired_braces(text, tokens)
    tokens = _styled(text, tokens, partner)
    return _runs_of_letters(text, tokens, known, is_function)


def _without_braces_below(tokens, partner):
    r"""Leave out \underbrace and what is written below it: \underbrace{x + y}_{z} is x + y."""
    if not any(token.text in ("\\underbrace", "\\overbrace") for token in tokens):
        return tokens
    found, dropped = [], set()
    for index, token in enumerate(tokens):
        if token.text in ("\\underbrace", "\\overbrace") and index + 1 in partner:
            script = partner[index + 1] + 1
            if script + 1 < len(tokens) and tokens[script].text in ("_", "^"):
                dropped |= set(range(script, partner.get(script + 1, script + 1) + 1))
        elif index not in dropped:
            found.append(token)
    return found


def _joined_words(text, tokens, is_word):
    r"""Put together the letters of \operatorname{tr} and {\rm tr} to a word; text with spaces is a phrase.

    Letters in bold are words only where the word is known: \mathbf{Ax} is A x.
    """
    found, end = [], 0
    for token in tokens:
        if token.span.start < end:
            continue
        match = _joined(text, token, is_word)
        if match is not None:
            word, end = match
            style = _STYLES.get(token.text, "")
            found.append(LatexToken("word", word, Span(token.span.start, end), style, "", token.spaced))
        elif token.text in _TEXT and (phrases := _phrases(text, token, tokens)) is not None:
            pieces, end = phrases
            found += pieces
        else:
            found.append(token)
    return found


def _joined(text, token, is_word):
    """Return the word that begins at a token, and where it ends; None where none does."""
    if token.kind == "group" and (match := _SWITCHED.match(text, token.span.start)):
        return (match[2], match.end()) if match[1] != "bf" or is_word(match[2]) else None
    if token.text not in _WORD_COMMANDS:
        return None
    if match := _ARGUMENT.match(text, token.span.end):
        return f"arg{match[1]}", match.end()
    if (match := _WORD.match(text, token.span.end)) is None:
        return None
    word = match[1].replace("\\_", "_").replace("-", "")
    if token.text in _BOLD and not is_word(word) and not _NUMBERED.fullmatch(word):
        return None
    return word, match.end()


def _phrases(text, token, tokens):
    r"""Return the phrases in \text{where $A$ is symmetric}, formulas among them as they are, and where it ends."""
    start = token.span.end
    while start < len(text) and text[start].isspace():
        start += 1
    end, depth = start, 0
    while end < len(text):
        depth += (text[end] == "{") - (text[end] == "}")
        end += 1
        if depth == 0:
            break
    inner = text[start + 1 : end - 1]
    if text[start : start + 1] != "{" or not re.search(r"[A-Za-z]", inner) or len(inner.strip()) < 2:
        return None
    if token.text == "\\mathrm" and not re.search(r"\s", inner.strip()):
        return None
    found, place, is_formula = [], start + 1, False
    for piece in inner.split("$"):
        span = Span(place, place + len(piece))
        if is_formula:
            found += [other for other in tokens if span.start <= other.span.start < span.end]
        elif piece.strip():
            words = " ".join(re.findall(r"s\.\s*t\b|[a-z]+(?:-[a-z]+)*|[,;]", piece.lower()))
            found.append(LatexToken("phrase", words, span))
        place, is_formula = span.end + 1, not is_formula
    return found, end


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
            if token.text in OVER_MORE and not single:
                found.append(token)
                continue
            if not is_style and not single:
                _fail(text, f"'{token.text}' stands over more than a name", token.span, "give the whole a name")
            before = tokens[index - 1].text if index else ""
            needless = single or is_style and before not in _OWNERS
            if following.kind == "group" and token.text not in _SWITCHES and needless:
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
        called = called or word in _ADJOINED and following is not None and following.kind in ("bar", "open", "word")
        called = called or word in _ADJOINED and following is not None and following.spaced
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
