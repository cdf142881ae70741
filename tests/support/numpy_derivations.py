"""The language read by Python and computed by NumPy, and a derivation's values by it; nothing of matcalc is used.

Python's own grammar has the language's operators with the same precedences, and NumPy the same broadcasting.
"""

from __future__ import annotations

import ast
import math

import numpy

STEP = 1e-5


def _axis(function):
    return lambda X, axis=None: function(_array(X), axis=axis, keepdims=True)


def _array(value):
    return numpy.atleast_2d(numpy.asarray(value, dtype=float))


def _norm(X, order="fro"):
    X = _array(X)
    if X.shape[1] == 1 and order != "fro":
        X = X[:, 0]
    return _array(numpy.linalg.norm(X, order))


def _diag(X):
    return numpy.diag(X[:, 0]) if X.shape[1] == 1 else numpy.diag(X)[:, None]


def _softmax(X, axis=0):
    powers = numpy.exp(X)
    return powers / powers.sum(axis=axis, keepdims=True)


def _logsumexp(X, axis=None):
    return numpy.log(numpy.exp(X).sum(axis=axis, keepdims=True))


def _comm(n, m):
    """The matrix K of comm(n, m) @ vec(A) == vec(A.T) for A of n×m."""
    return numpy.eye(n * m).reshape(m, n, n * m).transpose(1, 0, 2).reshape(n * m, n * m)


def _adj(X):
    return numpy.linalg.det(X) * numpy.linalg.inv(X)


def _matrix_function(scalar_function):
    """By the eigenvalues, which are distinct at random points."""

    def function(X):
        values, vectors = numpy.linalg.eig(X)
        return (vectors @ numpy.diag(scalar_function(values.astype(complex))) @ numpy.linalg.inv(vectors)).real

    return function


def _frechet(scalar_function, derivative):
    """By divided differences in the eigenvectors (Daleckii & Krein 1965), which are distinct at random points."""

    def function(X, E):
        values, vectors = numpy.linalg.eig(X)
        values = values.astype(complex)
        f, gaps = scalar_function(values), values[:, None] - values + numpy.eye(len(X))
        differences = (f[:, None] - f) / gaps + numpy.diag(derivative(values))
        return (vectors @ (differences * numpy.linalg.solve(vectors, E @ vectors)) @ numpy.linalg.inv(vectors)).real

    return function


def _matpow_frechet(X, k, E):
    k = int(k)
    return _frechet(lambda z: z**k, lambda z: k * z ** (k - 1))(X, E)


def _kronsum(A, B):
    return numpy.kron(A, numpy.eye(len(B))) + numpy.kron(numpy.eye(len(A)), B)


def _sylvester(A, B, C):
    return numpy.linalg.solve(_kronsum(B.T, A), vec(C)).reshape(C.shape, order="F")


def _signs(vectors):
    return numpy.sign(vectors[numpy.abs(vectors).argmax(axis=0), range(vectors.shape[1])])


def _eigvecs(X):
    vectors = numpy.linalg.eigh((X + X.T) / 2)[1]
    return vectors * _signs(vectors)


def _svd(X):
    left, values, right = numpy.linalg.svd(X, full_matrices=False)
    return left * _signs(left), values[:, None], right.T * _signs(left)


def _polar(X):
    left, _, right = numpy.linalg.svd(X, full_matrices=False)
    return left @ right


def vec(X):
    return X.T.reshape(-1, 1)


FUNCTIONS = {
    **{name: getattr(numpy, name) for name in "exp log sqrt abs sign sin cos tan tanh sinh cosh".split()},
    "acos": numpy.arccos, "erf": numpy.vectorize(math.erf), "sigmoid": lambda X: 1 / (1 + numpy.exp(-X)),
    "softplus": lambda X: numpy.logaddexp(0, X), "relu": lambda X: numpy.maximum(X, 0),
    "heaviside": lambda X: numpy.heaviside(X, 0), "maximum": numpy.maximum, "minimum": numpy.minimum,
    "sum": _axis(numpy.sum), "mean": _axis(numpy.mean), "max": _axis(numpy.max), "min": _axis(numpy.min),
    "softmax": _softmax, "logsumexp": _logsumexp, "detach": lambda X: X,
    "tr": lambda X: _array(numpy.trace(X)), "trace": lambda X: _array(numpy.trace(X)),
    "det": lambda X: _array(numpy.linalg.det(X)), "logdet": lambda X: _array(numpy.linalg.slogdet(X)[1]),
    "inv": numpy.linalg.inv, "pinv": numpy.linalg.pinv, "adj": _adj, "solve": numpy.linalg.solve,
    "matpow": lambda X, k: numpy.linalg.matrix_power(X, int(k)),
    "expm": _matrix_function(numpy.exp), "sqrtm": _matrix_function(numpy.sqrt), "logm": _matrix_function(numpy.log),
    "expm_frechet": _frechet(numpy.exp, numpy.exp), "logm_frechet": _frechet(numpy.log, lambda z: 1 / z),
    "matpow_frechet": _matpow_frechet, "phi1": _matrix_function(lambda z: numpy.expm1(z) / z),
    "sylvester": _sylvester, "kronsum": _kronsum, "polar": _polar,
    "eigvals": lambda X: numpy.linalg.eigvalsh((X + X.T) / 2)[:, None], "eigvecs": _eigvecs,
    "eigvecmax": lambda X: _eigvecs(X)[:, -1:], "eigvecmin": lambda X: _eigvecs(X)[:, :1],
    "svdu": lambda X: _svd(X)[0], "svdvals": lambda X: _svd(X)[1], "svdv": lambda X: _svd(X)[2],
    "eigmin": lambda X: _array(numpy.linalg.eigvals(X).real.min()),
    "eigmax": lambda X: _array(numpy.linalg.eigvals(X).real.max()),
    "diag": _diag, "vec": vec, "kron": numpy.kron, "outer": lambda a, b: a @ b.T,
    "dot": lambda a, b: _array((a * b).sum()),
    "hstack": lambda *parts: numpy.hstack([_array(part) for part in parts]),
    "vstack": lambda *parts: numpy.vstack([_array(part) for part in parts]),
    "norm": _norm, "norm1": lambda X: _array(numpy.abs(X).sum()), "norm2": _norm,
    "eye": numpy.eye, "ones": lambda n, m=1: numpy.ones((n, m)), "zeros": lambda n, m=1: numpy.zeros((n, m)),
    "e": lambda i, n: numpy.eye(n)[:, [i]], "comm": _comm, "pi": numpy.pi, "inf": numpy.inf,
}  # fmt: skip


class _InTwoDimensions(ast.NodeTransformer):
    """Rows, columns and entries keep two dimensions, and lists are matrices of their parts, as in the language."""

    def visit_Subscript(self, node):
        self.generic_visit(node)
        places = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        kept = [place if isinstance(place, ast.Slice) else self.one(place) for place in places]
        node.slice = ast.Tuple(kept, ast.Load())
        return node

    @staticmethod
    def one(place):
        number = ast.literal_eval(place)
        ends = ast.Constant(number), ast.Constant(number + 1 or None)
        return ast.Slice(*ends)

    def visit_List(self, node):
        self.generic_visit(node)
        inner = isinstance(node.elts[0], (ast.List, ast.Call))
        return ast.Call(ast.Name("block", ast.Load()), [node], []) if inner else node


def compute(text, env):
    """Return the value of a text as an array of two dimensions; ``env``: arrays and whole numbers by name."""
    tree = ast.fix_missing_locations(_InTwoDimensions().visit(ast.parse(text.strip(), mode="eval")))
    return _array(eval(compile(tree, text, "eval"), {"__builtins__": {}}, {**FUNCTIONS, "block": numpy.block, **env}))


class Calculator:
    """A derivation's values, differentials, sensitivities and Jacobians by central differences, at one point.

    ``env`` has the arrays and sizes of the user's names, ``direction`` is dx.
    """

    def __init__(self, derivation, env, direction):
        self.derivation, self.env, self.direction = derivation, env, direction
        self.known = {**self.values({}), **env}
        self.known |= self._changes() | self._sensitivities() | self._jacobians()

    def values(self, given):
        """Return the values of the parts where some names have given values."""
        env = {**self.env, **given}
        for name, text in self.derivation.values.items():
            if name not in given:
                env[name] = compute(text, env)
        return env

    def along(self, direction, text):
        """Return the directional derivative of a text in the user's names and the parts."""
        variable, x = self.derivation.variable, self.env[self.derivation.variable]
        above, below = (self.values({variable: x + sign * STEP * direction}) for sign in (1, -1))
        return (compute(text, above) - compute(text, below)) / (2 * STEP)

    def jacobian(self, text):
        """Return ∂vec(text)/∂vec(x)ᵀ."""
        shape = self.env[self.derivation.variable].shape
        directions = (unit.reshape(shape, order="F") for unit in numpy.eye(shape[0] * shape[1]))
        return numpy.hstack([vec(self.along(direction, text)) for direction in directions])

    def _changes(self):
        changes = dict(self.derivation.changes)
        found = {changes.pop(self.derivation.variable): self.direction}
        return found | {change: self.along(self.direction, name) for name, change in changes.items()}

    def _sensitivities(self):
        return {name: self._sensitivity(part) for part, name in self.derivation.sensitivities.items()}

    def _sensitivity(self, part):
        """Return ∂f/∂z: the function where one part alone varies."""
        function, value, found = self.derivation.function, self.known[part], numpy.zeros_like(self.known[part])
        step = STEP * (numpy.abs(value).max() or 1)
        for index in numpy.ndindex(*value.shape):
            change = numpy.zeros_like(value)
            change[index] = step
            above, below = (self.values({part: value + sign * change})[function] for sign in (1, -1))
            found[index] = (above - below).item() / (2 * step)
        return found

    def _jacobians(self):
        by_scalar, found = self.env[self.derivation.variable].shape == (1, 1), {}
        for part, name in self.derivation.jacobians.items():
            matrix = self.jacobian(part)
            found[name] = matrix.reshape(self.known[part].shape, order="F") if by_scalar else matrix
        return found

    # -- what a line says --------------------------------------------------------------------------

    def left(self, step, layout):
        """Return the value of the left side of a line, of whichever kind."""
        if step.kind == "derivative":
            return self.derivative(layout)
        if step.kind == "gradient":
            return self.derivative("mixed", order=1)
        return compute(step.left, self.known)

    def derivative(self, layout, order=None):
        """Return the derivative of the function, arranged by the layout table of the language."""
        derivation = self.derivation
        order = derivation.order if order is None else order
        function, x = derivation.function, self.env[derivation.variable]
        found, shape = self.jacobian(self._gradient_name() if order == 2 else function), self.known[function].shape
        if x.shape == (1, 1):
            return self._turned(found.reshape(shape, order="F"), layout == "denom" and shape != (1, 1))
        if shape == (1, 1) and order == 2:
            return found
        if shape == (1, 1):
            return self._turned(found.reshape(x.shape, order="F"), layout == "num")
        return self._turned(found, layout == "denom")

    def _gradient_name(self):
        """Return the name of the first derivative, which a line before has shown to be one."""
        (name,) = [step.left for step in self.derivation.steps if step.kind == "gradient"]
        return name

    @staticmethod
    def _turned(found, turn):
        return found.T if turn else found
