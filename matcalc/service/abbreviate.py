"""Letters for what an answer repeats: (diag(s) - s sᵀ) W, with s = softmax(W x)."""

from __future__ import annotations

from collections import Counter

from ..answers.book import book_of
from ..language.syntax import Binary, Call, Name, Negate, Transpose, children
from ..language.unparse import unparse
from ..printers.naming import program_texts
from ..printers.sizes import name_shapes, node_shapes
from ..printers.unicode import unicode_text

_LONGEST = 300
_MOST_LETTERS = 3
_LETTERS = "pqrstuvwzhgabckl"
_DEFINITION = len(";  s = ")
_WORTHWHILE = 4


def abbreviated(derivative, written=unicode_text):
    """Return a derivative in Unicode, and the definitions of the letters in it: 's = softmax(W x)'.

    A repeated function call gets a letter where that makes answer and definition together shorter; the parts of a long
    answer have names of their own. ``written``: the printer to use instead, called as unicode_text is.
    """
    if derivative.program is not None:
        return program_texts(derivative.program, derivative.book, written)
    if derivative.length > _LONGEST:
        return written(derivative.tree, derivative.book, derivative.shapes), []
    book, tree, shapes, definitions = derivative.book, derivative.tree, dict(derivative.shapes), []
    for _ in range(_MOST_LETTERS):
        call = _most_repeated(tree, book, shapes)
        if call is None:
            break
        shape = node_shapes(call, book, name_shapes(call, book, shapes))[id(call)]
        letter = _letter(call, shape, shapes)
        definitions.append(f"{letter} = {written(call, book, shapes)}")
        tree = _replaced(tree, unparse(call), Name(letter))
        shapes[letter] = shape
    return written(tree, book, shapes), definitions


def name_in_unicode(name):
    """Return a name as mathematics writes it: α for alpha."""
    return unicode_text(Name(name), book_of(), {name: ()})


def _calls(tree):
    """Return every call in a tree, as often as it is written."""
    found, stack = [], [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Call):
            found.append(node)
        stack.extend(children(node))
    return found


def _most_repeated(tree, book, shapes):
    """Return the call whose abbreviation saves the most characters, None where none saves enough."""
    calls = _calls(tree)
    texts = [unparse(call) for call in calls]
    best, most = None, _WORTHWHILE - 1
    for text, count in Counter(texts).items():
        if count > 1:
            call = calls[texts.index(text)]
            width = len(unicode_text(call, book, shapes))
            saved = count * (width - 1) - width - _DEFINITION
            best, most = (call, saved) if saved > most else (best, most)
    return best


def _letter(call, shape, shapes):
    """Return a letter that no name or size has, the function's first where possible; a capital for a matrix."""
    taken = {*shapes, *(str(size) for known in shapes.values() for size in known)}
    first = call.function[0] + _LETTERS
    letters = first if shape[1] == "1" else first.upper()
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
