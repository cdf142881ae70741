"""The value of a sum over an index by Python itself: its text is run, every entry a torch tensor of two dimensions.

Nothing of matcalc is in it: Python parses the text, torch computes each term, and the terms are added one by one.
"""

import builtins
import math

import torch

# terms of which most entries are 0: entries, rows, columns, slices of the variable
SPARSE = [
    ("sum(c[i]*logdet(A + t[i]*B) for i in n)", "t"),
    ("sum(c[i]*logdet(A + (t[i] - x[j])*B) for i in n for j in n if j != i)", "t"),
    ("sum(t[i]*logdet(A + t[i + 1]*B) for i in range(n - 1))", "t"),
    ("sum(logdet(A + X[i, :].T@X[i, :]) for i in n)", "X"),
    ("sum(logdet(C + X[:, j]@X[:, j].T) for j in range(1, m))", "X"),
    ("sum(logdet(A + X[i, j]*B) for i in n for j in m)", "X"),
    ("sum(i*sum(X[i:i + 2, :]@y)**2 for i in range(n - 1))", "X"),
    ("sum(i*x[i:i + 2, :].T@x[i:i + 2, :]*t[i] for i in range(n - 1))", "x"),
]


class Size(int):
    """A size, which ``for i in n`` runs over."""

    def __iter__(self):
        return iter(range(self))


class Matrix:
    """A tensor of two dimensions with the operators of the language."""

    __array_priority__ = 1000

    def __init__(self, tensor):
        self.tensor = tensor if tensor.ndim == 2 else tensor.reshape(1, 1)

    @property
    def T(self):  # noqa: N802
        return Matrix(self.tensor.mT)

    def __getitem__(self, places):
        if not isinstance(places, tuple):
            return Matrix(self.tensor[places : places + 1, :])
        rows, columns = (
            slice(place, place + 1) if isinstance(place, int) else place for place in places
        )
        return Matrix(self.tensor[rows, columns])

    def _with(self, other, function):
        return Matrix(function(self.tensor, _tensor(other)))

    def __add__(self, other):
        return self._with(other, torch.add)

    __radd__ = __add__

    def __sub__(self, other):
        return self._with(other, torch.sub)

    def __rsub__(self, other):
        return -(self - other)

    def __mul__(self, other):
        return self._with(other, torch.mul)

    __rmul__ = __mul__

    def __truediv__(self, other):
        return self._with(other, torch.div)

    def __rtruediv__(self, other):
        return Matrix(torch.tensor([[float(other)]])) / self

    def __pow__(self, other):
        return self._with(other, torch.pow)

    def __rpow__(self, other):
        return Matrix(torch.tensor([[float(other)]])) ** self

    def __neg__(self):
        return Matrix(-self.tensor)

    def __matmul__(self, other):
        if 1 in (self.tensor.numel(), other.tensor.numel()) and self.tensor.shape[1] != other.tensor.shape[0]:
            return self * other
        return Matrix(self.tensor @ other.tensor)


def _tensor(value):
    return value.tensor if isinstance(value, Matrix) else torch.tensor([[float(value)]])


def _over(function):
    """Return sum, mean, prod, max or min: of the terms of a generator, or of the entries of an array."""

    def reduced(values):
        if isinstance(values, Matrix):
            return Matrix(getattr(values.tensor, function)())
        terms = [value if isinstance(value, Matrix) else Matrix(torch.tensor(float(value))) for value in values]
        if not terms and function in ("sum", "prod"):
            return Matrix(torch.tensor(float(function == "prod")))
        if function in ("sum", "mean"):
            total = terms[0]
            for term in terms[1:]:
                total = total + term
            return total / len(terms) if function == "mean" else total
        if function == "prod":
            return math.prod(terms[1:], start=terms[0])
        choose = getattr(builtins, function)
        return choose(terms, key=lambda term: float(term.tensor.detach()))

    return reduced


def _entrywise(function):
    return lambda *args: Matrix(function(*map(_tensor, args)))


_ENTRYWISE = ("exp", "log", "tanh", "sin", "cos", "sqrt", "abs", "sigmoid", "relu", "maximum", "minimum")


FUNCTIONS = {
    **{name: _over(name) for name in ("sum", "mean", "prod", "max", "min")},
    **{name: _entrywise(getattr(torch, name)) for name in _ENTRYWISE},
    "softplus": _entrywise(torch.nn.functional.softplus),
    "norm": _entrywise(torch.linalg.norm),
    "norm1": _entrywise(lambda X: X.abs().sum()),
    "inv": _entrywise(torch.linalg.inv),
    "det": _entrywise(torch.det),
    "logdet": _entrywise(lambda X: torch.linalg.slogdet(X)[1]),
    "tr": _entrywise(torch.trace),
    "logsumexp": _entrywise(lambda X: torch.logsumexp(X.reshape(-1), 0)),
    "softmax": _entrywise(lambda X: torch.softmax(X, 0)),
    "diag": _entrywise(lambda X: torch.diag(X[:, 0]) if X.shape[1] == 1 else torch.diag(X)[:, None]),
    "dot": _entrywise(lambda X, Y: (X * Y).sum()),
    "outer": _entrywise(lambda X, Y: X @ Y.mT),
    "eye": lambda n: Matrix(torch.eye(n)),
    "ones": lambda n: Matrix(torch.ones(n, 1)),
    "pi": math.pi,
    "range": range,
}


def looped(text, arrays, sizes):
    """Return the value of a text for arrays {name: tensor of two dimensions} and sizes {name: int}."""
    names = {**{name: Matrix(array) for name, array in arrays.items()}, **{name: Size(n) for name, n in sizes.items()}}
    # a generator's names are looked up among the globals
    return eval(text, {"__builtins__": {}, **FUNCTIONS, **names}).tensor  # noqa: S307


def gradient(text, arrays, sizes, wrt):
    """Return the gradient of a text of value 1×1 by one of its names, of the name's shape."""
    arrays = {name: array.clone().requires_grad_(name == wrt) for name, array in arrays.items()}
    value = looped(text, arrays, sizes).sum()
    (found,) = torch.autograd.grad(value, arrays[wrt], materialize_grads=True, allow_unused=True)
    return found
