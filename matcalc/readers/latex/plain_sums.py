r"""What the tokens of sums say before they are read: which letters are indices, and which sums lack their sign.

Typed in a hurry, \sum_{i=1}^n is sum_{i=1}^n or \Sigma_{i=1}^n, and A_{ij} is A_ij.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from ...errors import Span
from .limits import UNEQUAL, USUAL_INDICES, letter, with_condition
from .names import OF_PAIRS, is_name
from .tokens import LatexToken

SIGNS = {"sum": "\\sum", "prod": "\\prod"}
# below these an index runs
_RUNNING = frozenset({*SIGNS.values(), "\\max", "\\min"})
_CAPITALS = {"\\Sigma": "\\sum", "\\Pi": "\\prod"}
_GROUP = ("group", "end group")
_PRIMES = ("'", "\\prime")
# letters for indices, the usual ones first
_FRESH = "jilkmstnrpquvhabcdfgwxyzo"


def with_plain_sums(tokens: list[LatexToken], known: Collection[str]) -> list[LatexToken]:
    r"""Return tokens with \sum for the word in sum_{i=1}^n and for a \Sigma with limits, and braces in A_{ij}.

    ``known``: the names that are variables.
    """
    found, place = [], 0
    while place < len(tokens):
        count, command = _sum_at(tokens, place, known)
        if count:
            span = Span(tokens[place].span.start, tokens[place + count - 1].span.end)
            found.append(replace(tokens[place], kind="command", text=command, span=span))
        else:
            found.append(tokens[place])
        place += count or 1
    return _with_braces(_without_primes(found))


def _without_primes(tokens: list[LatexToken]) -> list[LatexToken]:
    r"""Return tokens with another letter for an index with a prime: \sum_{c'} e^{z_{c'}} is a sum over j."""
    below: set[int] = set()
    primed: dict[str, str] = {}
    for place, token in enumerate(tokens):
        if token.text == "_" and tokens[place + 1 : place + 2]:
            end = _end_of_script(tokens, place - 1)
            below |= set(range(place + 1, end))
            if place and tokens[place - 1].text in SIGNS.values():
                inner = [other for other in tokens[place + 1 : end] if other.kind not in _GROUP]
                if len(inner) > 1 and letter(inner[0]) and inner[1].text in _PRIMES:
                    primed.setdefault(letter(inner[0]), "")
    if not primed:
        return tokens
    used = {letter(token) for token in tokens}
    for name in primed:
        primed[name] = fresh_index(used)
        used.add(primed[name])
    found = []
    for place, token in enumerate(tokens):
        following = tokens[place + 1 : place + 2]
        if place in below and token.text in _PRIMES and letter(tokens[place - 1]) in primed:
            continue
        if place in below and letter(token) in primed and following and following[0].text in _PRIMES:
            span = Span(token.span.start, following[0].span.end)
            token = replace(token, kind="letter", text=primed[letter(token)], span=span)
        found.append(token)
    return found


def fresh_index(used: Collection[str]) -> str:
    """Return a letter for an index that is not among those in use."""
    return next(one for one in _FRESH if one not in used)


def _sum_at(tokens: list[LatexToken], place: int, known: Collection[str]) -> tuple[int, str]:
    """Return how many tokens at a place are a sum without its sign, and the command for them; (0, "") for none."""
    token = tokens[place]
    if token.text in _CAPITALS and token.text[1:] not in known:
        below = [other.text for other in tokens[place + 1 : place + 5] if other.kind not in _GROUP]
        return (1, _CAPITALS[token.text]) if below[:1] == ["_"] and below[2:3] == ["="] else (0, "")
    for word, command in SIGNS.items():
        letters = [token] if token.text == word else tokens[place : place + len(word)]
        following = tokens[place + len(letters) : place + len(letters) + 3]
        if "".join(other.text for other in letters) != word or word in known:
            continue
        apart = any(other.spaced or other.kind != "letter" for other in letters[1:])
        inner = place and not token.spaced and tokens[place - 1].kind == "letter"
        index = next((other for other in following[1:] if other.kind not in _GROUP), None)
        if not apart and not inner and index is not None and following[0].text == "_" and letter(index):
            return len(letters), command
    return 0, ""


def _with_braces(tokens: list[LatexToken]) -> list[LatexToken]:
    """Return tokens with A_{ij} for A_ij, where i and j are indices of sums, which nobody multiplies with."""
    indices = _indices(tokens)
    if len(indices) < 2:
        return tokens
    found, place = [], 0
    while place < len(tokens):
        found.append(tokens[place])
        below = tokens[place + 1 : place + 3]
        place += 1
        if found[-1].text != "_" or len(below) < 2 or below[1].spaced or {letter(one) for one in below} - indices:
            continue
        found.append(LatexToken("group", "{", below[0].span))
        found += [*below, LatexToken("end group", "}", below[1].span)]
        place += 2
    return found


def _indices(tokens: list[LatexToken]) -> set[str]:
    """Return the letters that stand below the signs of sums and run there."""
    found = set()
    for _, tokens_below in _below_sums(tokens):
        below, _ = with_condition(tokens_below)
        found |= {letter(other) for other in below} - {""}
    return found - fixed_indices(tokens)


def _below_sums(tokens: list[LatexToken]) -> Iterator[tuple[int, list[LatexToken]]]:
    """Yield the places of the signs of sums, products and extremes, with the tokens of their subscripts."""
    for place, token in enumerate(tokens):
        if token.text in _RUNNING and place + 2 < len(tokens) and tokens[place + 1].text == "_":
            yield place, tokens[place + 2 : _end_of_script(tokens, place)]


def fixed_indices(tokens: list[LatexToken]) -> set[str]:
    r"""Return the letters behind \ne below sums that do not run: y, and k of z_k/\sum_{l \ne k} z_l."""
    running: set[str] = set()
    behind: dict[str, int] = {}
    within: set[int] = set()
    for place, tokens_below in _below_sums(tokens):
        below = [other for other in tokens_below if other.kind not in _GROUP]
        unequal = len(below) == 3 and below[1].text in UNEQUAL
        running |= {letter(other) for other in (below[:1] if unequal else below)}
        if unequal:
            behind.setdefault(letter(below[2]), place)
            within |= _first_term(tokens, place) if place not in within else set()
    if not behind:
        return set()
    front = {
        letter(one)
        for place in range(max(behind.values()))
        for one in _subscript(tokens, place)
        if place < behind.get(letter(one), 0)
    }
    back = {letter(one) for place in within for one in _subscript(tokens, place)}
    return {one for one in behind.keys() - running - {""} if one in front or one == "y" or one not in back}


def _first_term(tokens: list[LatexToken], place: int) -> set[int]:
    """Return the places of the tokens of the term behind the sign of a sum, over which it reaches in any case."""
    start = _end_of_script(tokens, place)
    depth, bars, found = 0, 0, set()
    for at in range(start, len(tokens)):
        token = tokens[at]
        depth += (token.kind in ("open", "group")) - (token.kind in ("close", "end group"))
        bars += token.kind == "bar"
        if depth < 0 or at > start and depth == 0 and bars % 2 == 0 and token.text in ("+", "-"):
            break
        found.add(at)
    return found


def free_indices(tokens: list[LatexToken]) -> set[str]:
    r"""Return the letters that stand below an array beside the index of a sum or in its place: k of z_k/\sum_j z_j.

    They are the usual ones and y, a label; of z_c/\sum_j z_j, whose z_c stands in front of the sum, any small letter.
    """
    bound = _indices(tokens)
    first = next((place for place, token in enumerate(tokens) if token.text in SIGNS.values()), len(tokens))
    below: dict[str, set[str]] = {}
    front: set[tuple[str, str]] = set()
    for place, token in enumerate(tokens if bound else ()):
        letters = {letter(one) for one in _subscript(tokens, place)}
        if letters and "" not in letters:
            base = base_of(token)
            below.setdefault(base, set()).update(letters)
            front |= {(base, one) for one in letters if place < first and one.islower() and len(one) == 1}
    return {
        one
        for base, letters in below.items()
        for one in letters - bound
        if letters & bound and (one in USUAL_INDICES or one == "y" or (base, one) in front)
    }


def repeated_indices(tokens: list[LatexToken]) -> dict[str, set[str]]:
    r"""Return the indices below arrays in sums, {array: letters}: {"z": {"k"}} of z_k/\sum_k z_k.

    Such an index outside of its sum is another one.
    """
    bound: set[str] = set()
    found: dict[str, set[str]] = {}
    for place, token in enumerate(tokens):
        if token.text in SIGNS.values():
            bound |= _indices(tokens[place:_end_of_script(tokens, place)])
        letters = {letter(one) for one in _subscript(tokens, place)} & bound
        if letters:
            found.setdefault(base_of(token), set()).update(letters)
    return found


def _end_of_script(tokens: list[LatexToken], place: int) -> int:
    """Return the place behind the subscript of a token, or of a group in it, which no index has."""
    end = place + 2
    while end < len(tokens) and tokens[place + 2].kind == "group" and tokens[end].kind != "end group":
        end += 1
        if end < len(tokens) and tokens[end].kind == "group":
            return end
    return end + 1


def own_names(tokens: list[LatexToken]) -> set[str]:
    """Return the letters that have one index only, so that x_i is a name: (y_i - w^T x_i)^2 is of one sample.

    None where an array has two indices, or where an index is repeated over: A_{ij} x_j.
    """
    indices: dict[str, set[str]] = {}
    for place, token in enumerate(tokens):
        if is_name(token):
            below = [letter(one) for one in [*token.index, *_subscript(tokens, place)]]
            indices.setdefault(base_of(token), set()).add("".join(below) if "" not in below else "?")
    usual = {2: USUAL_INDICES}
    pairs = any(
        len(one) > 1 and set(one) <= usual.get(len(one), OF_PAIRS) for letters in indices.values() for one in letters
    )
    return set() if pairs else {base for base, letters in indices.items() if len(letters) == 1 and letters != {""}}


def base_of(token: LatexToken) -> str:
    return token.text.rpartition("_")[0] if subscript_of_word(token) else token.text


def _subscript(tokens: list[LatexToken], place: int) -> list[LatexToken]:
    """Return the tokens of the subscript of a name at a place."""
    token = tokens[place]
    if token.kind == "word" and (inner := subscript_of_word(token)):
        return inner
    if (
        not is_name(token)
        or token.text in SIGNS.values()
        or [one.text for one in tokens[place + 1 : place + 2]] != ["_"]
    ):
        return []
    end = place + 2
    while end < len(tokens) - 1 and tokens[place + 2].kind == "group" and tokens[end].kind != "end group":
        end += 1
        if tokens[end].kind == "group":  # indices have no groups, and many within one another are not walked again
            return []
    return [one for one in tokens[place + 2 : end + 1] if one.kind not in _GROUP and one.text != ","]


def subscript_of_word(token: LatexToken) -> list[LatexToken] | None:
    """Return the letters behind the underscore of a word such as x_ij, which is one word in Unicode's notation."""
    base, underscore, rest = token.text.rpartition("_")
    return [LatexToken("letter", one, token.span) for one in rest] if base and underscore else None
