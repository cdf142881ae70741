"""Functions of entries that the hand-written programs share, each the fastest that we know for NumPy."""

import numpy as np
from scipy import special

FEW = 500


def sigmoid(Z):
    """Return 1/(1 + exp(-Z)), written over Z where that has many entries."""
    if Z.size < FEW:
        return special.expit(Z)
    np.negative(Z, out=Z)
    with np.errstate(over="ignore"):
        np.exp(Z, out=Z)
    Z += 1
    return np.reciprocal(Z, out=Z)


def softplus(Z):
    """Return log(1 + exp(Z))."""
    if Z.size < FEW:
        return np.logaddexp(0, Z)
    found = np.abs(Z)
    np.negative(found, out=found)
    np.exp(found, out=found)
    np.log1p(found, out=found)
    found += np.maximum(Z, 0)
    return found
