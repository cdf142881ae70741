"""Random questions with random facts: formulas over names whose structure, sign or sizes are declared at random.

Kept apart from random_expressions, which the engine was tuned on: other functions, facts, layouts, structures and
orders, and sizes that are numbers.
"""

from __future__ import annotations

import re

from random_expressions import ONE, Generator, M, N, _call

from matcalc.language.syntax import names, parse_tree

SQUARE = ("A", "B", "S", "P")
FACTS = {
    (N, N): [["symmetric"], ["pd"], ["psd"], ["skew"], ["diagonal"], ["orthogonal"], ["invertible"], ["toeplitz"],
             ["projection", "symmetric"], ["circulant"], ["hankel"], ["lower-triangular"], ["upper-triangular"],
             ["positive"], ["diagonal", "positive"], ["symmetric", "positive"]],
    (ONE, ONE): [["positive"], ["negative"], ["unit-interval"], ["integer", "positive"]],
    None: [["positive"], ["unit-interval"], ["negative"]],
}  # fmt: skip
SHAPES = {
    "A": (N, N), "B": (N, N), "S": (N, N), "P": (N, N), "X": (N, M), "Y": (N, M), "Z": (M, M),
    "x": (N, ONE), "y": (N, ONE), "w": (M, ONE), "a": (ONE, ONE), "b": (ONE, ONE), "c": (ONE, ONE),
}  # fmt: skip
_ENTRYWISE = ["exp", "sin", "cos", "tanh", "atan", "sigmoid", "softplus", "erf", "abs", "relu", "sign", "silu", "gelu",
              "asinh", "logcosh", "mish", "leaky_relu", "elu", "logsigmoid", "expm1", "square", "cumsum", "sort"]
_POSITIVE = ["log", "sqrt", "log1p", "rsqrt", "reciprocal", "lgamma", "digamma", "log10"]


class Questions(Generator):
    """Draws questions; ``rng`` is a random.Random."""

    def question(self):
        """Return (text, options of matcalc.diff)."""
        self.facts = {}
        for name, shape in SHAPES.items():
            if self.rng.random() < 0.45:
                self.facts[name] = self.rng.choice(FACTS.get(shape, FACTS[None]))
        self.facts["S"] = self.rng.choice([["symmetric"], ["pd"], ["psd"], ["diagonal"], ["symmetric", "positive"]])
        text, shape = self.draw(self.rng.choice((1, 1, 2, 2, 3)))
        used = [name for name in SHAPES if name in _names(text)]
        if not used:
            return self.question()
        sizes = {N: N, M: M, ONE: 1}
        if self.rng.random() < 0.15:
            sizes |= {N: self.rng.choice((1, 2, 3)), M: self.rng.choice((1, 2, 3, 4))}
            for size in (N, M):
                text = _with_size(text, size, str(sizes[size]))
        shapes = {k: () if SHAPES[k] == (ONE, ONE) else tuple(sizes[s] for s in SHAPES[k]) for k in used}
        options = {
            "wrt": self.rng.choice(used),
            "order": 2 if shape == (ONE, ONE) and self.rng.random() < 0.2 else 1,
            "layout": self.rng.choice(("denom", "num", "mixed")),
            "structure": self.rng.choice(("free", "free", "projected", "parametrized")),
            "shapes": shapes,
            "assume": {name: words for name, words in self.facts.items() if name in used},
        }
        return text, options

    def leaf(self, shape):
        names = [name for name, s in SHAPES.items() if s == shape]
        names += [f"{name}.T" for name, s in SHAPES.items() if s[::-1] == shape and s != shape]
        if shape == (ONE, ONE):
            names += ["2", "1/2", "3"]
        elif self.rng.random() < 0.2:
            names = [f"eye({shape[0]})"] if shape[0] == shape[1] else [f"ones({shape[0]}, {shape[1]})"]
        return self.rng.choice(names) if names else f"ones({shape[0]}, {shape[1]})"

    def function(self, shape, depth):
        inner = self.expression(shape, depth - 1)
        if self.rng.random() < 0.25:
            return _call(self.rng.choice(_POSITIVE), f"1 + ({inner})**2")
        if self.rng.random() < 0.12:
            other = self.expression(shape, depth - 1)
            return _call(self.rng.choice(["maximum", "minimum", "hypot", "logaddexp"]), inner, f"({other}) + 1/3")
        return _call(self.rng.choice(_ENTRYWISE), inner)

    def scalar(self, shape, depth):
        if self.rng.random() < 0.55:
            return super().scalar(shape, depth)
        some = self.expression((N, M), depth - 1)
        square = self.rng.choice(SQUARE)
        column = self.expression((N, ONE), depth - 1)
        choices = [
            lambda: f"sum(eigvals({self.symmetric(square)})**2)",
            lambda: f"norm({some}, \"nuc\")",
            lambda: f"norm({some}, 2)",
            lambda: f"({column}).T@{square}@({column})",
            lambda: f"({column}).T@inv({square}@{square}.T + eye(n))@({column})",
            lambda: f"tr(logm({square}@{square}.T + eye(n))@A)",
            lambda: f"logdet({square}@{square}.T + {self.rng.choice(['eye(n)', '2*eye(n)', 'x@x.T + eye(n)'])})",
            lambda: f"tr(sylvester({square}, B + 3*eye(n), {self.expression((N, N), depth - 2)}))",
            lambda: f"sum(sqrtm({square}@{square}.T + eye(n)))",
            lambda: f"tr(kron({square}, {some})@ones(m*n, n*n))",
            lambda: f"norm({column}, {self.rng.choice(['1', 'inf', '3', '2'])})",
            lambda: f"sum(svdvals({some}))",
            lambda: f"eigmax({self.symmetric(square)})",
            lambda: f"{self.rng.choice(['var', 'std', 'median', 'mean'])}({some})",
            lambda: f"tr(cholesky({square}@{square}.T + eye(n))@B)",
        ]
        return self.rng.choice(choices)()

    def symmetric(self, square):
        return self.rng.choice([f"{square} + {square}.T", f"{square}@{square}.T + diag(x)", f"{square}.T@{square}"])


def _names(text):
    return set(names(parse_tree(text)))


def _with_size(text, size, value):
    return re.sub(rf"\b{size}\b", value, text)
