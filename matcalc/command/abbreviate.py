"""Letters for what an answer repeats: (diag(s) - s sᵀ) W, with s = softmax(W x)."""

from __future__ import annotations

from collections import Counter

from ..api import book_of, parse
from ..printers.text import unparse
from ..printers.unicode import unicode_text
from ..syntax import Binary, Call, Name, Negate, Transpose, children

_LONGEST = 300
_MOST_LETTERS = 3
_LETTERS = "pqrstuvwzhgabckl"
_DEFINITION = len(";  s = ")
_WORTHWHILE = 4


def abbreviated(derivative, rules=()):
    """Return a derivative in Unicode, and the definitions of the letters in it: 's = softmax(W x)'.

    A repeated function call gets a letter where that makes answer and definition together shorter.
    """
    if derivative.length > _LONGEST:
        return derivative.unicode(), []
    book, tree, definitions = book_of(rules), derivative.tree, []
    taken = {*derivative.shapes, *(str(size) for shape in derivative.shapes.values() for size in shape)}
    for _ in range(_MOST_LETTERS):
        call = _most_repeated(tree, book)
        if call is None:
            break
        letter = _letter(call, taken, parse(unparse(call), derivative.shapes, rules=rules).shape)
        taken.add(letter)
        definitions.append(f"{letter} = {unicode_text(call, book)}")
        tree = _replaced(tree, unparse(call), Name(letter))
    return unicode_text(tree, book), definitions


def _calls(tree):
    """Return every call in a tree, as often as it is written."""
    found, stack = [], [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Call):
            found.append(node)
        stack.extend(children(node))
    return found


def _most_repeated(tree, book):
    """Return the call whose abbreviation saves the most characters, None where none saves enough."""
    calls = {unparse(call): call for call in _calls(tree)}
    best, most = None, _WORTHWHILE
    for text, count in Counter(map(unparse, _calls(tree))).items():
        width = len(unicode_text(calls[text], book))
        saved = count * (width - 1) - width - _DEFINITION
        if count > 1 and saved >= most:
            best, most = calls[text], saved + 1
    return best


def _letter(call, taken, shape):
    """Return a free letter, the function's first where possible; a capital for a matrix."""
    matrix = bool(shape) and shape[1] != 1
    letters = [letter.upper() if matrix else letter for letter in call.function[0] + _LETTERS]
    return next((letter for letter in letters if letter not in taken), f"{letters[0]}_{len(taken)}")


def _replaced(tree, text, name):
    """Return the tree with ``name`` for every call that is written as ``text``."""
    if isinstance(tree, Call):
        if unparse(tree) == text:
            return name
        keywords = tuple((word, _replaced(value, text, name)) for word, value in tree.keywords)
        return Call(tree.function, tuple(_replaced(arg, text, name) for arg in tree.args), keywords, tree.span)
    if isinstance(tree, Binary):
        return Binary(tree.op, _replaced(tree.left, text, name), _replaced(tree.right, text, name), tree.span)
    if isinstance(tree, (Negate, Transpose)):
        return type(tree)(_replaced(tree.operand, text, name), tree.span)
    return tree
