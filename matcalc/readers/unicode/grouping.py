"""Braces where TeX needs them, and which brackets are those of lists, in tokens of Unicode mathematics."""

from __future__ import annotations

from dataclasses import replace

from ..latex.tokens import LatexToken


def with_grouped_scripts(tokens: list[LatexToken]) -> list[LatexToken]:
    """Return tokens with braces where TeX needs them: x^(a + b), x^-1, √(x + y)."""
    closing, stack = {}, []
    for index, token in enumerate(tokens):
        if token.kind == "open":
            stack.append(index)
        elif token.kind == "close" and stack:
            closing[stack.pop()] = index
    found, ends = [], {}
    for index, token in enumerate(tokens):
        if index == 0:
            found.append(token)
            continue
        before = tokens[index - 1]
        begins = before.text in ("^", "_") and before.kind == "sign" or before.text == "\\sqrt"
        power = before.text == "\\odot" and index > 1 and tokens[index - 2].text == "^"
        if power and token.kind != "group" and found[-2].kind != "group":
            last = _end_of_atom(tokens, index)
            if token.kind == "open":
                last = closing.get(index, last)
            found.insert(len(found) - 1, LatexToken("group", "{", before.span))
            found.append(token)
            ends[last] = ends.get(last, 0) + 1
        elif begins and token.kind == "open" and token.text == "(" and index in closing:
            found.append(LatexToken("group", "{", token.span))
            tokens[closing[index]] = LatexToken("end group", "}", tokens[closing[index]].span)
        elif begins and token.text == "-" and before.text == "^":
            found += [LatexToken("group", "{", token.span), token]
            last = _end_of_atom(tokens, index + 1)
            ends[last] = ends.get(last, 0) + 1
        elif begins and token.kind == "number" and len(token.text) > 1 and before.text != "\\sqrt":
            found += [LatexToken("group", "{", token.span), token, LatexToken("end group", "}", token.span)]
        else:
            found.append(token)
        for _ in range(ends.pop(index, 0)):
            found.append(LatexToken("end group", "}", token.span))
    return found


def _end_of_atom(tokens: list[LatexToken], index: int) -> int:
    """Return the place of the last token of the sign and the number or name that begin at a place."""
    while index < len(tokens) - 1 and tokens[index].text == "-":
        index += 1
    return min(index, len(tokens) - 1)


def with_lists(tokens: list[LatexToken]) -> list[LatexToken]:
    """Return tokens in which the brackets of lists are told from those of factors: [1, 2], [[1, 2]], block([[A]]).

    A list has a comma in it, stands in a list, or has nothing but a list in it.
    """
    pairs, commas, stack = {}, set(), []
    for index, token in enumerate(tokens):
        if token.kind in ("open", "group"):
            stack.append(index)
        elif token.kind in ("close", "end group") and stack:
            pairs[stack.pop()] = index
        elif token.text == "," and stack:
            commas.add(stack[-1])
    lists: set[int] = set()
    for index in sorted(pairs, reverse=True):
        holds_one = index + 1 in lists and pairs[index + 1] == pairs[index] - 1
        if tokens[index].text == "[" and (index in commas or holds_one):
            lists.add(index)
    for index in sorted(pairs):
        if tokens[index].text == "[" and index and (index - 1 in lists or tokens[index - 1].text == ","):
            outer = max((other for other in pairs if other < index < pairs[other]), default=None)
            lists |= {index} if outer in lists else set()
    for index in lists:
        tokens[index] = replace(tokens[index], text="list")
        tokens[pairs[index]] = replace(tokens[pairs[index]], text="end of list")
    return tokens
