"""Random sums in sums as papers write them, each with the loop of Python that has the same value."""

import random
import re

# what stands below and above a sum, and its loop: i is the own index, o one around it, j another own one
_INSIDE = [
    (r"_{i=1}^{o}", "for i in range(o + 1)"),
    (r"_{i=1}^{o-1}", "for i in range(o)"),
    (r"_{i=o}^{n}", "for i in range(o, n)"),
    (r"_{i=o+1}^n", "for i in range(o + 1, n)"),
    (r"_{i \ne o}", "for i in n if i != o"),
    (r"_{i<o}", "for i in n if i < o"),
    (r"_{i \geq o}", "for i in n if i >= o"),
    (r"_{i: i \neq o}", "for i in n if i != o"),
]
_PAIRS = [
    (r"_{i,j}", "for i in n for j in n"),
    (r"_{i<j}", "for i in n for j in n if i < j"),
    (r"_{i \neq j}", "for i in n for j in n if i != j"),
    (r"_{1\le i<j\le n}", "for i in n for j in n if i < j"),
    (r"_{i,j=1}^n", "for i in n for j in n"),
]
_ALONE = [(r"_{i=1}^{n}", "for i in n"), (r"_i", "for i in n")]
_PARTS = [(r"_{i=2}^{n}", "for i in range(1, n)"), (r"_{i=1}^{n-1}", "for i in range(n - 1)")]


class LatexSums:
    """Makes pairs of a formula in LaTeX and a text that Python runs."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def term(self, indices, depth):
        """Return a term under indices."""
        choice = self.random.random()
        if not depth or choice < 0.3:
            return self.entry(indices)
        if choice < 0.45:
            (left, one), (right, other) = self.term(indices, depth - 1), self.term(indices, depth - 1)
            return rf"\left({left}\right) \left({right}\right)", f"({one})*({other})"
        if choice < 0.6:
            (left, one), (right, other) = self.term(indices, depth - 1), self.term(indices, depth - 1)
            sign = self.random.choice("+-")
            return rf"\left({left} {sign} {right}\right)", f"(({one}) {sign} ({other}))"
        if choice < 0.7:
            inner, same = self.term(indices, depth - 1)
            function = self.random.choice(("exp", "tanh", "sin"))
            return rf"\{function}\left({inner}\right)", f"{function}({same})"
        return self.sum(indices, depth - 1)

    def entry(self, indices):
        """Return an entry of a vector or of a matrix."""
        one, two = self.random.choice(indices), self.random.choice(indices)
        if self.random.random() < 0.6:
            name = self.random.choice("xyu")
            return f"{name}_{{{one}}}", f"{name}[{one}]"
        comma = self.random.choice(("", ","))
        return f"B_{{{one}{comma}{two}}}", f"B[{one}, {two}]"

    def sum(self, indices, depth):
        """Return a sum, a product or the largest value over an index or two."""
        free = [name for name in "ijkl" if name not in indices]
        if not free:
            return self.entry(indices)
        function = self.random.choice(("sum", "sum", "sum", "prod", "max"))
        limits, loop = self._limits(function, indices, len(free) > 1)
        own = free[:2] if "for j" in loop else free[:1]
        around = self.random.choice(indices) if indices else ""
        letters = {"i": free[0], "j": free[1] if len(free) > 1 else "", "o": around}
        limits = re.sub(r"(?<![a-z\\])([ijo])(?![a-z])", lambda match: letters[match[1]], limits)
        loop = re.sub(r"\b([ijo])\b", lambda match: letters[match[1]], loop)
        body, same = self.term([*indices, *own], depth)
        for name in own:
            if f"[{name}" not in same and f", {name}]" not in same:
                body, same = rf"x_{name} \left({body}\right)", f"x[{name}]*({same})"
        return rf"\{function}{limits} \left({body}\right)", f"{function}({same} {loop})"

    def _limits(self, function, indices, two):
        choice = self.random.random()
        if function != "max" and indices and choice < 0.5:
            return self.random.choice(_INSIDE)
        if function == "sum" and two and choice < 0.7:
            return self.random.choice(_PAIRS)
        return self.random.choice([*_ALONE, *_ALONE, *_PARTS] if function == "sum" else _ALONE)


def random_latex_sum(seed):
    """Return (LaTeX, Python) of a random sum."""
    return LatexSums(seed).sum([], 3)
