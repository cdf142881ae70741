"""How each array library spells an operation: NumPy, PyTorch, JAX, and any library of the array API standard.

A :class:`Target` is data and a few short functions; which operations there are to be spelled, ``spell`` knows.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .. import words
from ..words import known_word
from .tensorflow_words import RENAMED


@dataclass(frozen=True)
class Target:
    """An array library as generated code sees it.

    ``namespace`` is the name its functions stand under, ``imports`` the lines that bring it in, ``annotation`` the
    type of an array. ``device``: whether new arrays need the device of the input. ``in_place``: whether an array
    may be overwritten, ``sets_entries``: whether its entries may be. ``scatters``: whether blocks are written into
    new zeros. ``rank_updates``: whether outer products are added to a matrix by one call. ``renamed``: functions of
    the array API standard that have another name here. ``factorises``: whether factorisations can be kept and used
    again, ``keeps_lu``: LU among them. ``symmetric_products``: whether Z.T @ Z costs half of a product.
    ``branches``: whether code may ask for the value of an array. ``spectral``: whether functions of symmetric
    matrices go through their eigenvalues. ``native_sylvester``: whether a library solves Sylvester's equation.
    ``low_rank``: whether there is a factorisation of a thin square plus a diagonal. ``chains``: whether there is a
    product of several matrices in their cheapest order. ``language``: what the text is written in.
    """

    name: str
    namespace: str
    imports: tuple[str, ...]
    annotation: str
    device: bool = False
    in_place: bool = False
    sets_entries: bool = False
    scatters: bool = False
    rank_updates: bool = False
    factorises: bool = True
    keeps_lu: bool = True
    symmetric_products: bool = False
    branches: bool = False
    spectral: bool = False
    native_sylvester: bool = True
    low_rank: bool = False
    chains: bool = True
    language: str = "python"
    renamed: dict = field(default_factory=dict)

    def function(self, name: str) -> str:
        """Return the spelling of a function of the array API standard: numpy.exp."""
        return f"{self.namespace}.{self.renamed.get(name, name)}"


TARGETS = {
    target.name: target
    for target in (
        Target(
            "numpy",
            "numpy",
            ("import numpy",),
            "numpy.ndarray",
            in_place=True,
            sets_entries=True,
            scatters=True,
            rank_updates=True,
            symmetric_products=True,
            branches=True,
            spectral=True,
            low_rank=True,
        ),
        Target(
            "torch",
            "torch",
            ("import torch",),
            "torch.Tensor",
            device=True,
            scatters=True,
            rank_updates=True,
            spectral=True,
            native_sylvester=False,
            low_rank=True,
            renamed={
                "max": "amax",
                "min": "amin",
                "cumulative_sum": "cumsum",
                "expand_dims": "unsqueeze",
                "permute_dims": "permute",
                "repeat": "repeat_interleave",
                "sort": "msort",
                "unstack": "unbind",
                "vecdot": "linalg.vecdot",
                "linalg.outer": "outer",
                "linalg.tensordot": "tensordot",
                "linalg.trace": "trace",
            },
        ),
        Target(
            "jax",
            "jnp",
            ("import jax", "import jax.numpy as jnp"),
            "jax.Array",
            low_rank=True,
            native_sylvester=False,
        ),
        Target(
            "array-api",
            "xp",
            ("from typing import Any",),
            "Any",
            device=True,
            factorises=False,
            chains=False,
            native_sylvester=False,
        ),
        Target(
            "tensorflow",
            "tf",
            ("import tensorflow as tf",),
            "tf.Tensor",
            keeps_lu=False,  # tf.linalg.lu has no gradient, and the code may stand under a GradientTape
            chains=False,
            renamed=RENAMED,
        ),
        Target("octave", "", (), "", sets_entries=True, chains=False, language="octave"),
    )
}


def target_named(name: str) -> Target:
    """Return the target of this name; raises ArgumentError with the nearest."""
    return TARGETS[known_word("target", name, words.TARGETS)]
