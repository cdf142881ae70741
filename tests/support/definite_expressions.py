"""Random expressions that may or may not be definite, for the soundness of proofs.

They are built of what the rules know, with signs and factors changed at random: many are provable, many are nearly so.
"""

SHAPES = {
    **dict.fromkeys(["P", "Q", "S", "W", "D", "B", "O"], ("n", "n")),
    "A": ("m", "n"),
    "F": ("n", "m"),
    **dict.fromkeys(["x", "y", "p", "v", "u"], ("n", 1)),
    "z": ("m", 1),
    "c": (),
    "d": (),
    "t": (),
}
ASSUME = {
    "P": ["pd"],
    "Q": ["psd"],
    "S": ["symmetric"],
    "W": ["symmetric", "positive"],
    "D": ["diagonal", "positive"],
    "B": ["invertible"],
    "O": ["orthogonal"],
    "p": ["simplex"],
    "v": ["positive"],
    "u": ["unit-interval"],
    "c": ["positive"],
    "t": ["negative"],
}


class Definite:
    """Draws square expressions, columns, entries and scalars; ``rng`` is a random.Random."""

    def __init__(self, rng):
        self.rng = rng

    def pick(self, *options):
        return self.rng.choice(options)

    def matrix(self, depth):
        """Return the text of an n×n matrix, mostly symmetric."""
        if depth <= 0:
            return self.pick("P", "Q", "S", "W", "D", "eye(n)", "ones(n, n)", "P", "Q", "x@x.T", "F@F.T", "A.T@A")
        return self.rng.choice(
            [
                self._sum,
                self._sum,
                self._difference,
                self._scaled,
                self._congruence,
                self._elementwise,
                self._function,
                self._diagonal,
                self._schur,
                self._square,
                self._laplacian,
            ]
        )(depth - 1)

    def _sum(self, depth):
        return f"({self.matrix(depth)} + {self.matrix(depth)})"

    def _difference(self, depth):
        return f"({self.matrix(depth)} - {self.matrix(depth)})"

    def _scaled(self, depth):
        return f"({self.scalar(depth)})*({self.matrix(depth)})"

    def _congruence(self, depth):
        left = self.pick("B", "O", "S", "P", "diag(x)", "diag(v)", "D", "(eye(n) - x@x.T/(1 + x.T@x))")
        right = left if self.rng.random() < 0.1 else f"{left}.T"
        return f"{left}@({self.matrix(depth)})@{right}"

    def _elementwise(self, depth):
        return self.pick(
            f"({self.matrix(depth)})*({self.matrix(depth)})", f"({self.matrix(depth)})**2", f"exp({self.matrix(0)}/10)"
        )

    def _function(self, depth):
        inner = self.matrix(depth)
        return self.pick(
            f"inv({inner} + eye(n))",
            f"inv({self.pick('P', 'D', 'B.T@B', 'P + Q')})",
            f"matpow({self.pick('S', 'P', 'Q')}, 2)",
            f"matpow({inner}, 3)",
            f"expm({self.pick('S', 'P', 'x@x.T')}/5)",
            "sqrtm(P)",
            "P@inv(P + eye(n))",
            "pinv(P)",
            "logm(eye(n) + P)",
        )

    def _diagonal(self, depth):
        return f"diag({self.column(depth)})"

    def _schur(self, depth):
        base = self.pick("P", "eye(n)", "D", "diag(v)", "Q", "c*eye(n)", "diag(p)", "inv(P)", "diag(x**2)")
        column = self.pick(f"{base}@x", f"{base}@y", "x", "v", "p", f"{base}@F")
        gap = self.pick("1", "c", "d", "0", "d**2")
        if column.endswith("F"):
            return f"({base} - {column}@inv(F.T@{base}@F + {self.pick('c', '1', 'd**2')}*eye(m))@({column}).T)"
        form = self.pick("x.T@%s@x", "x.T@x", "y.T@%s@y", "sum(v)", "n").replace("%s", base)
        return f"({base} - {column}@({column}).T/({form} + {gap}))"

    def _square(self, depth):
        base = self.pick("P", "eye(n)", "Q")
        sign = self.pick("+", "-")
        factor = self.pick("", "2*", "(1/2)*")
        return f"({base} {sign} {factor}{base}@x@y.T {sign} {factor}y@x.T@{base} + {self.scalar(0)}*y@y.T)"

    def _laplacian(self, depth):
        return self.pick(
            "(diag(W@ones(n)) - W)",
            "(diag(W@ones(n)) + W)",
            "(tr(Q)*eye(n) - Q)",
            "(eigmax(S)*eye(n) - S)",
            "(S - eigmin(S)*eye(n))",
            "(norm(S)*eye(n) - S)",
            "(c*eye(n) - S)",
            "(norm(x)**2*eye(n) - x@x.T)",
        )

    def column(self, depth):
        """Return the text of a column of n entries."""
        if depth <= 0:
            return self.pick("x", "v", "p", "u", "ones(n)", "F@z", "softmax(x)", "sigmoid(y)")
        inner = self.column(depth - 1)
        return self.pick(
            f"({inner} + {self.column(depth - 1)})",
            f"({inner} - {self.column(depth - 1)})",
            f"({inner})*({self.column(depth - 1)})",
            f"exp({inner})",
            f"({inner})**2",
            f"tanh({inner})",
            f"1/(1 + ({inner})**2)",
            f"(1 - {inner})",
            f"abs({inner})",
            f"sqrt(1 + ({inner})**2)",
            f"softplus({inner})",
            f"(1 - tanh({inner})**2)",
            f"log(1 + ({inner})**2)",
            f"sigmoid({inner})",
            f"{self.scalar(depth - 1)}*{inner}",
            f"diag({self.matrix(0)})",
            f"relu({inner})",
            f"exp({inner}) - 1",
            f"{self.matrix(0)}@{inner}",
        )

    def scalar(self, depth):
        """Return the text of a scalar."""
        if depth <= 0:
            return self.pick(
                "c", "d", "t", "2", "(1/3)", "x.T@x", "n", "x.T@y", "sum(v)", "x.T@P@x", "tr(Q)", "(-1)", "p.T@x"
            )
        one, two = self.scalar(depth - 1), self.scalar(depth - 1)
        return self.pick(
            f"({one} + {two})",
            f"({one} - {two})",
            f"{one}*{two}",
            f"({one})**2",
            f"exp({one}/9)",
            f"1/(1 + ({one})**2)",
            f"({one})**3",
            f"sigmoid({one})",
            f"sum({self.column(depth - 1)})",
            f"tr({self.matrix(depth - 1)})",
            f"x.T@({self.matrix(depth - 1)})@x",
            f"(1 - tanh({one}))",
            f"log(1 + ({one})**2)",
            f"norm({self.column(0)})",
            f"({self.column(0)}).T@({self.column(0)})",
            f"((x.T@x)*(y.T@y) - {self.pick('1', '2')}*(x.T@y)**2)",
            "(sum(p*x**2) - (p.T@x)**2)",
            f"tr({self.matrix(0)}@{self.matrix(0)})",
            f"det({self.pick('P', 'Q', 'S')})",
            f"(({one})**2 - 2*{one} + {self.pick('1', '2', '0')})",
            f"max({self.column(0)})",
        )
