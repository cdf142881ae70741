"""The table of letters and words: what a name's spelling says of its shape where use leaves it open.

Everything that is known about spellings stands here: the usual letters and words of counts, steps and widths, the
Greek letters, and the letters a to g, which are scalars where nothing else is known.
"""

from __future__ import annotations

import re
from functools import lru_cache

GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lam lambda_ mu nu xi rho sigma tau upsilon phi chi psi "
    "omega".split()
)
# what multiplies or divides an array is a number where it is called so
NUMBER_LETTERS = frozenset("h i j k l m n r s t N T".split())
NUMBER_WORDS = frozenset(
    # steps
    "lr step stepsize rate learning_rate momentum decay weight_decay wd dt dx dy "
    # widths and spreads
    "std var sd width bandwidth bw scale temp temperature radius margin ell eps tol "
    # counts
    "num count batch batch_size samples dim dims size length epochs steps df dof nu "
    # weights of terms, and other constants
    "reg coef coeff const ridge penalty discount clip prob".split()
)
# what is a number even to the right of a matrix, in e^{At}
_STEPS = frozenset({"t", "T"}) | NUMBER_WORDS
_NUMBER_WORD = re.compile(
    r"(?:n|num|dim|len|d(?!_t\b))_\w+|\w+_(?:size|rate|count|steps|dim|std|coef|decay|scale|width|eps)"
)
_INDEX = re.compile(r"_?\d+$|_+$")
_SUBSCRIPT = re.compile(r"_\w+$|\d+$")

MATRIX, COLUMN, NUMBER, SCALAR = "matrix", "column", "number", "scalar"


@lru_cache(maxsize=4096)
def spelling_of(name):
    """Return what a name's spelling says: "number", "scalar", "matrix" or "column".

    "number" is for the usual letters and words of counts, steps and widths (n, t, lr), "scalar" for a to g;
    a Greek letter is a "number", too. An index at the end does not count: t0 and mu_1 are t and mu.
    """
    stem = _INDEX.sub("", name) or name
    if NUMBER_LETTERS & {name, stem} or {name, stem} & NUMBER_WORDS or _NUMBER_WORD.fullmatch(name):
        return NUMBER
    if is_greek(name):
        return NUMBER
    if name[0].isupper():
        return MATRIX
    if len(name) == 1 and "a" <= name <= "g":
        return SCALAR
    return COLUMN


def is_step(name):
    """Return whether a name is one of a time or of a step, or a word for a number: a number in A t, too."""
    return bool({name, _INDEX.sub("", name)} & _STEPS)


@lru_cache(maxsize=4096)
def is_greek(name):
    """Return whether a name is a Greek letter, with or without a subscript: lam, sigma_n, mu1."""
    return bool({name, _SUBSCRIPT.sub("", name)} & GREEK)


def is_count(name):
    """Return whether a name is one of the usual letters and words of counts, steps and widths: n, t, lr."""
    return spelling_of(name) == NUMBER and not is_greek(name)


def scalar_spelling(name):
    """Return whether a name that nothing else decides about is a scalar: a to g, or a Greek letter."""
    return spelling_of(name) == SCALAR or is_greek(name)
