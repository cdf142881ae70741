"""What is declared of names: their shapes and facts, checked, with sizes as SymPy has them."""

from __future__ import annotations

import re
from difflib import get_close_matches

from sympy import Basic, Symbol, expand

from ..algebra.expressions import ONE, dimension
from ..bounds import MAX_SIZE, MAX_SIZE_CHARACTERS
from ..errors import ArgumentError, ShapeError, UnknownNameError
from ..language.unparse import unparse
from ..rulebook.entries import size_tree
from ..rulebook.facts import facts, synonyms
from ..words import CONSTANTS
from .triangles import size_of

FACTS = tuple(facts())


def declared_shapes(shapes):
    """Return declared shapes as {name: (rows, columns)} of SymPy sizes.

    Accepts ``()`` for a scalar, ``("n",)`` or ``("n", 1)`` for a column, ``("n", "m")`` for a matrix and
    ``("K", "n", "m")`` for a stack of matrices, whose shape is that of all of them one below another; sizes are
    names or positive integers. Raises ShapeError or UnknownNameError.
    """
    return {name: shape if len(shape) == 2 else (shape[0] * shape[1], shape[2]) for name, shape in _sizes(shapes)}


def declared_stacks(shapes):
    """Return the declared stacks of matrices as {name: (how many, rows, columns)}, surface trees of their sizes."""
    return {name: tuple(size_tree(str(size)) for size in shape) for name, shape in _sizes(shapes) if len(shape) == 3}


def stack_sizes(elaborated):
    """Return the three sizes of the stacks of an elaborated expression, {name: (how many, rows, columns)} of SymPy."""
    return sizes_of_stacks(elaborated.stacks)


def sizes_of_stacks(stacks):
    """Return the sizes of stacks, given as trees, as SymPy has them."""
    return dict(_sizes({name: tuple(map(unparse, sizes)) for name, sizes in stacks.items()}))


def _sizes(shapes):
    """Return (name, sizes) of declared shapes, two sizes or the three of a stack."""
    for name, shape in _mapping(shapes, 'shapes={"A": ("n", "m")}').items():
        if not str(name).isidentifier():
            raise UnknownNameError(f"'{name}' cannot be a name", hint='declare shapes as {"A": ("n", "m")}')
        if name in CONSTANTS:
            raise UnknownNameError(f"'{name}' is a constant of the language", hint="give the variable another name")
        if isinstance(shape, (str, int, Basic)):
            shape = (shape,)
        if not isinstance(shape, (tuple, list)):
            raise ShapeError(f"the shape of {name} is not a tuple of sizes", hint='declare it as {"A": ("n", "m")}')
        if len(shape) > 3:
            raise ShapeError(
                f"{name} has {len(shape)} dimensions; stacks of matrices have 3, and others at most 2",
                hint=f'count its matrices through: --shape "{name}: K×n×m"',
            )
        sizes = [_declared_size(name, size) for size in shape]
        yield name, (*sizes, *[ONE] * (2 - len(sizes)))


def _mapping(value, usage):
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ArgumentError(f"a dictionary was expected, not {type(value).__name__}", hint=f"write {usage}")
    return value


def _declared_size(name, size):
    if isinstance(size, Symbol):
        return dimension(size.name)
    if isinstance(size, int) and abs(size) >= MAX_SIZE:
        raise ShapeError(f"a size of {name} is too large", hint="declare a letter, or a size below 10**18")
    text = str(size).strip()
    if not isinstance(size, (str, int, Basic)) or isinstance(size, bool):
        raise ShapeError(
            f"'{size}' is not a size, in the shape of {name}", hint="a size is a name or a positive integer"
        )
    if text.isdigit() and len(text) <= 18 and int(text) > 0:
        return dimension(int(text))
    if text.isidentifier():
        return dimension(text)
    if any(sign in text for sign in "(/") or "**" in text:
        found = size_of(text) if len(text) < MAX_SIZE_CHARACTERS else None
        if found is not None:
            return found
    terms = [term for term in re.split(r"(?=[+-])", text.replace(" ", "")) if term]
    if len(terms) > 1 and all(len(term) > 1 or index == 0 for index, term in enumerate(terms)):
        signs = [-1 if term[0] == "-" else 1 for term in terms]
        total = expand(sum(sign * _declared_size(name, term.lstrip("+-")) for sign, term in zip(signs, terms)))
        if not total.is_Integer or total > 0:
            return total
    parts = text.split("*")
    if len(parts) > 1 and all(part.strip() for part in parts):
        product = ONE
        for part in parts:
            product = product * _declared_size(name, part.strip())
        return product
    raise ShapeError(f"'{size}' is not a size, in the shape of {name}", hint="a size is a name or a positive integer")


def declared_facts(assume):
    """Return declared facts as {name: frozenset of words}; raises ArgumentError for an unknown word."""
    result = {}
    for name, words in _mapping(assume, 'assume={"A": ["symmetric"]}').items():
        words = [words] if isinstance(words, str) else words
        if not isinstance(words, (list, tuple, set, frozenset)):
            raise ArgumentError(f"the facts about {name} are a list of words", hint='write assume={"A": ["symmetric"]}')
        result[name] = frozenset(_fact(name, word) for word in words)
        for one in (word for word in FACTS if word in result[name]):
            for other in facts()[one].excludes:
                if other in result[name]:
                    raise ArgumentError(f"{name} cannot be both {one} and {other}", hint="leave one of them out")
    return result


def _fact(name, word):
    word = synonyms().get(str(word).strip().lower(), str(word).strip().lower())
    if word not in FACTS:
        close = get_close_matches(word, FACTS, 1, 0.5)
        hint = f"did you mean '{close[0]}'?" if close else f"one of {', '.join(FACTS)}"
        raise ArgumentError(f"unknown assumption '{word}' about {name}", hint=hint)
    return word
