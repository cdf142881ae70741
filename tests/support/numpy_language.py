"""The language evaluated by NumPy: its operators are Python's, so Python reads the text. Shares nothing with matcalc.

Every value is a float64 array of two dimensions. For tests only: the text is executed.
"""

import math

import numpy as np


def _column(v):
    return np.asarray(v, dtype=float).reshape(-1, 1)


def _diag(v):
    return np.diag(v[:, 0]) if v.shape[1] == 1 else _column(np.diagonal(v))


def _softmax(x, axis=0):
    shifted = np.exp(x - x.max(axis=axis, keepdims=True))
    return shifted / shifted.sum(axis=axis, keepdims=True)


def _spectral(f):
    def apply(s):
        values, vectors = np.linalg.eigh(s)
        return (vectors * f(values)) @ vectors.T

    return apply


def _one(value):
    return np.full((1, 1), float(value))


def _total(x, axis=None):
    return _one(x.sum()) if axis is None else x.sum(axis=axis, keepdims=True)


def _mean(x, axis=None):
    return _one(x.mean()) if axis is None else x.mean(axis=axis, keepdims=True)


def _logsumexp(x, axis=None):
    m = x.max()
    return m + np.log(_total(np.exp(x - m), axis))


def _norm(x, p=None):
    if p is None or p == 2 and x.shape[1] == 1:
        return _one(np.sqrt((x**2).sum()))
    return _one(np.linalg.norm(x, p))


def _inv(x):
    """Return the inverse; raises LinAlgError where rounding would decide it."""
    if np.linalg.cond(x) > 1e8:
        raise np.linalg.LinAlgError("nearly singular")
    return np.linalg.inv(x)


def _matpow(x, k):
    return np.linalg.matrix_power(x, int(k))


def _comm(n, m):
    """comm(n, m) @ vec(A) == vec(A.T) for A of n×m."""
    k = np.zeros((n * m, n * m))
    for i in range(n):
        for j in range(m):
            k[i * m + j, j * n + i] = 1
    return k


def _outer(a, b):
    return a @ b.T


_ERF = np.vectorize(math.erf)
FUNCTIONS = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sign": np.sign,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "atan": np.arctan,
    "log1p": np.log1p,
    "expm1": np.expm1,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.logaddexp(x, 0),
    "erf": _ERF,
    "relu": lambda x: np.maximum(x, 0),
    "maximum": np.maximum,
    "minimum": np.minimum,
    "sum": _total,
    "mean": _mean,
    "max": lambda x: _one(x.max()),
    "min": lambda x: _one(x.min()),
    "prod": lambda x: _one(x.prod()),
    "logsumexp": _logsumexp,
    "tr": lambda x: _one(np.trace(x)),
    "det": lambda x: _one(np.linalg.det(x)),
    "logdet": lambda x: _one(np.linalg.slogdet(x)[1]),
    "inv": _inv,
    "pinv": np.linalg.pinv,
    "solve": np.linalg.solve,
    "matpow": _matpow,
    "expm": _spectral(np.exp),
    "logm": _spectral(np.log),
    "sqrtm": _spectral(np.sqrt),
    "eigmax": lambda s: _one(np.linalg.eigvalsh(s)[-1]),
    "eigmin": lambda s: _one(np.linalg.eigvalsh(s)[0]),
    "diag": _diag,
    "vec": lambda x: _column(x.T),
    "kron": np.kron,
    "outer": _outer,
    "dot": lambda a, b: _one((a * b).sum()),
    "norm": _norm,
    "norm1": lambda x: _one(np.abs(x).sum()),
    "eye": np.eye,
    "ones": lambda n, m=1: np.ones((n, m)),
    "zeros": lambda n, m=1: np.zeros((n, m)),
    "e": lambda i, n: np.eye(n)[:, [i]],
    "comm": _comm,
    "softmax": _softmax,
    "pi": math.pi,
    "inf": math.inf,
}


def value(text, arrays, sizes):
    """Return the value of a text of the language as an array of two dimensions; ``arrays`` are of two dimensions."""
    with np.errstate(all="ignore"):
        found = eval(text, {"__builtins__": {}}, {**FUNCTIONS, **sizes, **arrays})
    return found if isinstance(found, np.ndarray) else _one(found)


# -- points ---------------------------------------------------------------------------------------------------------


def draw(rng, shape, facts):
    """Return a random array with declared facts; now and then with zeros, with equal entries, small or large."""
    array = rng.standard_normal(shape) * rng.choice([0.1, 1, 1, 3])
    if rng.random() < 0.2:
        array = np.round(array)
    if shape[0] == shape[1] and facts & _MATRICES.keys():
        word = next(word for word in _MATRICES if word in facts)
        return _MATRICES[word](array, facts)
    for word, change in _ENTRIES.items():
        if word in facts:
            return change(array)
    return array


def _definite(array, facts):
    if "pd" in facts:
        return array @ array.T + 0.3 * np.eye(len(array))
    return array[:, : (len(array) + 1) // 2] @ array[:, : (len(array) + 1) // 2].T


def _sign(array):
    return np.abs(array) + 0.05


def _signed(array, facts):
    if "negative" in facts:
        return -_sign(array)
    return _sign(array) if "positive" in facts else array


_MATRICES = {
    "pd": _definite,
    "psd": _definite,
    "orthogonal": lambda a, facts: np.linalg.qr(a + 0.01 * np.eye(len(a)))[0],
    "projection": lambda a, facts: a[:, :1] @ np.linalg.pinv(a[:, :1]),
    "diagonal": lambda a, facts: np.diag(_signed(np.diagonal(a), facts)),
    "symmetric": lambda a, facts: _signed(a + a.T, facts),
    "skew": lambda a, facts: a - a.T,
    "invertible": lambda a, facts: a + (1 + np.abs(a).sum()) * np.eye(len(a)),
}
_ENTRIES = {
    "positive": _sign,
    "negative": lambda a: -_sign(a),
    "unit-interval": lambda a: 1 / (1 + np.exp(-a)),
    "simplex": lambda a: _sign(a) / _sign(a).sum(),
    "binary": lambda a: (a > 0).astype(float),
}


def draw_point(rng, shapes, facts, sizes):
    """Return {name: array} for shapes such as {"A": ("n", "m"), "c": ()} and sizes {"n": 3}."""
    found = {}
    for name, shape in shapes.items():
        numbers = tuple(sizes.get(size, size) for size in shape)
        numbers = {0: (1, 1), 1: (*numbers, 1)}.get(len(numbers), numbers)
        found[name] = draw(rng, tuple(map(int, numbers)), frozenset(facts.get(name, ())))
    return found


def draw_sizes(rng, shapes, texts=()):
    """Return a number from 1 to 4 for every size that is a letter."""
    letters = {size for shape in shapes.values() for size in shape if isinstance(size, str) and size.isidentifier()}
    return {letter: int(rng.integers(1, 5)) for letter in sorted(letters | set(texts))}
