"""Random well-typed expressions of the language, for tests against torch.

Every operator and every function of the language can occur. Names have declared shapes; domains (the
argument of log, of inv …) are met by construction where that is easy and by the choice of points elsewhere.
"""

from __future__ import annotations

SHAPES = {
    "A": ("n", "n"),
    "B": ("n", "n"),
    "X": ("n", "m"),
    "Y": ("n", "m"),
    "Z": ("m", "m"),
    "S": ("n", "n"),
    "P": ("n", "n"),
    "x": ("n", 1),
    "y": ("n", 1),
    "w": ("m", 1),
    "u": ("m", 1),
    "a": (),
    "b": (),
    "c": (),
}
ASSUME = {"S": ["symmetric"], "P": ["pd"], "c": ["positive"]}
N, M, ONE = "n", "m", 1

_SMOOTH = [
    "exp",
    "sin",
    "cos",
    "tanh",
    "sinh",
    "cosh",
    "atan",
    "sigmoid",
    "softplus",
    "erf",
    "expm1",
    "abs",
    "relu",
    "sign",
    "heaviside",
    "detach",
]


def _call(name, *args):
    return f"{name}({', '.join(args)})"


class Generator:
    """Draws expressions of a given shape; ``rng`` is a random.Random."""

    def __init__(self, rng):
        self.rng = rng

    def draw(self, depth):
        """Return a text and its shape."""
        shape = self.rng.choice([(ONE, ONE)] * 4 + [(N, ONE)] * 2 + [(N, N), (N, M), (M, ONE), (ONE, N), (M, N)])
        return self.expression(shape, depth), shape

    def expression(self, shape, depth):
        """Return the text of an expression of this shape, nested at most ``depth`` operations deep."""
        if depth <= 0:
            return self.leaf(shape)
        kinds = [self.sum, self.elementwise, self.function, self.scaled, self.power, self.negated]
        kinds += (
            [self.scalar] * 8 if shape == (ONE, ONE) else [self.product, self.product, self.transposed, self.special]
        )
        return self.rng.choice(kinds)(shape, depth)

    def leaf(self, shape):
        rows, cols = shape
        names = [name for name, (r, c) in ((k, v or (1, 1)) for k, v in SHAPES.items()) if (r, c) == shape]
        names += [f"{name}.T" for name, s in SHAPES.items() if s and (s[1], s[0]) == shape and s != shape]
        if shape == (ONE, ONE):
            names += ["2", "1/2", "3"]
        elif rows == cols:
            names += [f"eye({rows})", f"ones({rows}, {cols})"]
        elif cols == ONE:
            names += [f"ones({rows})", f"e(1, {rows})"]
        return self.rng.choice(names)

    def sum(self, shape, depth):
        sign = self.rng.choice("+-")
        return f"({self.expression(shape, depth - 1)} {sign} {self.expression(self.broadcastable(shape), depth - 1)})"

    def elementwise(self, shape, depth):
        left, right = self.expression(shape, depth - 1), self.expression(self.broadcastable(shape), depth - 1)
        if self.rng.random() < 0.2:
            return f"({left})/(1 + ({right})**2)"
        if self.rng.random() < 0.15:
            return _call(self.rng.choice(["maximum", "minimum"]), left, right)
        return f"({left})*({right})"

    def broadcastable(self, shape):
        if self.rng.random() < 0.7:
            return shape
        return self.rng.choice([shape, (shape[0], ONE), (ONE, shape[1]), (ONE, ONE)])

    def function(self, shape, depth):
        name = self.rng.choice(_SMOOTH + ["log", "sqrt", "log1p", "asin", "acos", "tan", "softmax"])
        inner = self.expression(shape, depth - 1)
        if name in ("log", "sqrt", "log1p"):
            return _call(name, f"1 + ({inner})**2")
        if name in ("asin", "acos", "tan"):
            return _call(name, f"tanh({inner})/2")
        if name == "softmax" and self.rng.random() < 0.5:
            return f"softmax({inner}, axis=1)"
        return _call(name, inner)

    def scaled(self, shape, depth):
        return f"{self.rng.choice(['2', '3', '0.5', 'a', 'c'])}*({self.expression(shape, depth - 1)})"

    def power(self, shape, depth):
        inner = self.expression(shape, depth - 1)
        exponent = self.rng.choice(["2", "3", "(-1)", "(1/2)", "(-3/2)", "b"])
        return f"({inner})**{exponent}" if exponent in "23" else f"(1 + ({inner})**2)**{exponent}"

    def negated(self, shape, depth):
        return f"-({self.expression(shape, depth - 1)})"

    def product(self, shape, depth):
        inner = self.rng.choice([N, M, ONE])
        left = self.expression((shape[0], inner), depth - 1)
        return f"({left})@({self.expression((inner, shape[1]), depth - 1)})"

    def transposed(self, shape, depth):
        return f"({self.expression((shape[1], shape[0]), depth - 1)}).T"

    def scalar(self, shape, depth):
        inner = self.rng.choice([(N, ONE), (M, ONE), (N, N), (N, M)])
        square = self.rng.choice([(N, N), (M, M)])
        column = self.rng.choice([(N, ONE), (M, ONE)])
        some = self.expression(inner, depth - 1)
        choices = [
            lambda: _call(self.rng.choice(["sum", "mean", "norm", "norm1", "norm2", "logsumexp", "max", "min"]), some),
            lambda: _call("prod", f"2 + ({some})**2"),
            lambda: _call("tr", self.expression(square, depth - 1)),
            lambda: _call(self.rng.choice(["det", "logdet"]), self.regular(square, depth - 1)),
            lambda: f"({self.expression(column, depth - 1)}).T@({self.expression(column, depth - 1)})",
            lambda: _call("dot", some, self.expression(inner, depth - 1)),
            lambda: _call("norm", some, self.rng.choice(["1", "inf", '"fro"'])),
            lambda: _call("tr", _call(self.rng.choice(["expm", "inv"]), self.regular(square, depth - 1))),
            lambda: _call(
                self.rng.choice(["eigmax", "eigmin"]), f"S + ({self.expression((N, ONE), depth - 2)})**2*eye(n)"
            ),
            lambda: self.expression(shape, depth - 1),
        ]
        return self.rng.choice(choices)()

    def regular(self, shape, depth):
        """Return an expression of a square shape that is invertible at most points."""
        size = shape[0]
        return f"3*eye({size}) + ({self.expression(shape, depth)})/5"

    def special(self, shape, depth):
        rows, cols = shape
        if rows == cols:
            choices = [
                lambda: _call("inv", self.regular(shape, depth - 1)),
                lambda: f"matpow({self.expression(shape, depth - 1)}, {self.rng.choice(['2', '3'])})",
                lambda: _call("adj", self.regular(shape, depth - 1)),
                lambda: _call("diag", self.expression((rows, ONE), depth - 1)),
                lambda: _call("solve", self.regular(shape, depth - 1), self.expression(shape, depth - 1)),
                lambda: _call(
                    "outer", self.expression((rows, ONE), depth - 1), self.expression((rows, ONE), depth - 1)
                ),
            ]
        elif cols == ONE:
            choices = [
                lambda: _call("diag", self.expression((rows, rows), depth - 1)),
                lambda: f"sum({self.expression((rows, M), depth - 1)}, axis=1)",
                lambda: f"mean({self.expression((rows, N), depth - 1)}, axis=1)",
                lambda: f"logsumexp({self.expression((rows, N), depth - 1)}, axis=1)",
                lambda: _call("solve", self.regular((rows, rows), depth - 1), self.expression(shape, depth - 1)),
                lambda: (
                    f"kron(eye({rows}), {self.expression((ONE, M), 0)})@vec({self.expression((M, rows), depth - 2)})"
                ),
            ]
        elif rows == ONE:
            choices = [
                lambda: f"sum({self.expression((N, cols), depth - 1)}, axis=0)",
                lambda: f"logsumexp({self.expression((M, cols), depth - 1)}, axis=0)",
                lambda: f"mean({self.expression((M, cols), depth - 1)}, axis=0)",
            ]
        else:
            choices = [
                lambda: _call(
                    "outer", self.expression((rows, ONE), depth - 1), self.expression((cols, ONE), depth - 1)
                ),
                lambda: _call("kron", self.expression((rows, ONE), depth - 1), self.expression((ONE, cols), depth - 1)),
                lambda: _call("solve", self.regular((rows, rows), depth - 1), self.expression(shape, depth - 1)),
                lambda: _call("pinv", self.expression((cols, rows), 0)),
            ]
        return self.rng.choice(choices)()
