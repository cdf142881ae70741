"""Random scalar functions that may or may not be convex in x, for the soundness of proofs."""

SHAPES = {
    **dict.fromkeys(["P", "Q", "S"], ("n", "n")),
    "A": ("m", "n"),
    **dict.fromkeys(["x", "y", "v", "a", "p"], ("n", 1)),
    "b": ("m", 1),
    "w": ("m", 1),
    "c": (),
    "d": (),
}
ASSUME = {
    "P": ["pd"],
    "Q": ["psd"],
    "S": ["symmetric"],
    "v": ["positive"],
    "w": ["positive"],
    "p": ["simplex"],
    "c": ["positive"],
}


class Convex:
    """Draws functions of a column x; ``positive`` says whether x is declared positive. ``rng`` is a random.Random."""

    def __init__(self, rng, positive):
        self.rng, self.positive = rng, positive

    def pick(self, *options):
        return self.rng.choice(options)

    def scalar(self, depth):
        """Return the text of a scalar function."""
        if depth <= 0:
            return self._leaf()
        one = self.scalar(depth - 1)
        return self.pick(
            lambda: f"({one} + {self.scalar(depth - 1)})",
            lambda: f"({one} - {self.scalar(depth - 1)})",
            lambda: f"({self.pick('c', '2', '(-1)', 'd', '(1/3)')}*{one})",
            lambda: f"exp({one}/5)",
            lambda: f"({one})**2",
            lambda: f"sqrt(1 + ({one})**2)",
            lambda: f"log(1 + exp({one}))",
            lambda: f"softplus({one})",
            lambda: f"abs({one})",
            lambda: f"relu({one})",
            lambda: f"maximum({one}, {self.scalar(depth - 1)})",
            lambda: f"({one})*({self.scalar(depth - 1)})",
            lambda: f"sum({self.column(depth - 1)})",
            lambda: f"{self.pick('norm', 'norm1', 'max', 'logsumexp', 'mean', 'min')}({self.column(depth - 1)})",
            lambda: f"dot({self.pick('v', 'p', 'a')}, {self.column(depth - 1)})",
            lambda: f"log(1 + ({one})**2)",
            lambda: f"({one})**4",
            lambda: f"1/(1 + ({one})**2)",
            lambda: f"tanh({one})",
            lambda: f"({self._square()})/({self._positive()})",
            lambda: f"sqrt({self._square()} + {self.pick('1', 'c')})",
            lambda: f"sigmoid({one})",
            lambda: f"-log({self._positive()})",
        )()

    def _leaf(self):
        leaves = [
            "a.T@x",
            "sum(x)",
            "x.T@x",
            "x.T@P@x",
            "x.T@Q@x",
            "x.T@S@x",
            "norm(A@x - b)**2",
            "(a.T@x)**2",
            "norm(x - y)",
            "c",
            "norm1(A@x)",
            "logsumexp(A@x)",
            "sum(exp(x))",
            "norm(x)",
            "max(A@x + b)",
        ]
        if self.positive:
            leaves += [
                "sum(x*log(x))",
                "sum(log(x))",
                "prod(x)**(1/n)",
                "n/sum(1/x)",
                "sum(sqrt(x))",
                "sum(1/x)",
                "sum(x**3)",
                "log(v.T@x)",
                "1/(v.T@x)",
                "exp(mean(log(x)))",
                "sum(x**(3/2))",
                "sum(x*log(x/v))",
            ]
        return self.rng.choice(leaves)

    def _square(self):
        return self.pick("x.T@x", "x.T@P@x", "norm(A@x - b)**2", "(a.T@x)**2", "norm(x - y)**2", "(1 + (a.T@x)**2)")

    def _positive(self):
        always = ["c", "(1 + x.T@x)", "(1 + exp(a.T@x))"]
        return self.rng.choice([*always, "(1 + sum(x))", "(v.T@x)", "sum(sqrt(x))"] if self.positive else always)

    def column(self, depth):
        """Return the text of a column that depends on x."""
        if depth <= 0:
            return self.pick("x", "A@x", "A@x - b", "x - y", "S@x", "-x")
        inner = self.column(depth - 1)
        return self.pick(
            f"exp({inner}/3)",
            f"({inner})**2",
            f"abs({inner})",
            f"sqrt(1 + ({inner})**2)",
            f"log(1 + exp({inner}))",
            f"tanh({inner})",
            f"relu({inner})",
            f"log(cosh({inner}))",
            f"({inner})**4",
            f"sin({inner})",
            f"sigmoid({inner})",
            f"cosh({inner}/3)",
            f"(c*({inner}))",
            f"(-({inner}))",
            f"log(1 + ({inner})**2)",
            f"1/(1 + ({inner})**2)",
            f"abs({inner})**3",
        )
