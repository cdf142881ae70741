"""Random sums over indices, as texts that Python runs, with the shapes of their names."""

import random
import re

# the arrays that terms are made of: (name, shape); the axes are sizes that indices run over
ARRAYS = {
    "x": ("n",), "y": ("n",), "u": ("m",), "v": ("k",), "w": ("d",), "X": ("n", "d"), "Y": ("n", "d"), "Z": ("m", "d"),
    "W": ("n", "n"), "A": ("n", "m"), "B": ("m", "k"), "C": ("d", "d"), "c": (),
}  # fmt: skip
ALONE = {"i": "x[i]", "j": "y[j]", "a": "u[a]", "b": "v[b]"}
INDICES = {"i": "n", "j": "n", "a": "m", "b": "k"}


class Sums:
    """Makes texts."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def text(self):
        """Return a formula with a sum or two in it."""
        loops = self.random.sample(sorted(INDICES), self.random.choice((1, 1, 2, 2, 2, 3)))
        term = self.term(loops, self.random.choice((1, 2, 2, 3)))
        for index in loops:  # an index that does not occur is refused
            if not re.search(rf"\[(?:\w, )?{index}\b", term):
                term = f"{ALONE[index]}*({term})"
        head = " ".join(f"for {index} in {INDICES[index]}" for index in loops)
        if "i" in loops and "j" in loops and self.random.random() < 0.4:
            head += f" if i {self.random.choice(('!=', '<', '!='))} j"
        function = "mean" if " if " not in head and self.random.random() < 0.15 else "sum"
        total = f"{function}({term} {head})"
        return self.random.choice((total, total, f"tanh({total})", f"c*{total} + {self.entry([])}"))

    def nested(self):
        """Return a sum of what is a product, a sum, a mean or the largest over another index."""
        outer, inner = self.random.sample(sorted(INDICES), 2)
        function = self.random.choice(("prod", "prod", "sum", "mean", "max", "min"))
        body = self.term([outer, inner], self.random.choice((0, 1, 2)))
        if not re.search(rf"\[(?:\w, )?{inner}\b", body):
            body = f"{ALONE[inner]}*({body})"
        condition = ""
        if {outer, inner} == {"i", "j"} and function not in ("max", "min") and self.random.random() < 0.7:
            sign = "!=" if function == "mean" else self.random.choice(("!=", "!=", "<", ">="))
            condition = f" if {inner} {sign} {outer}"
        size = INDICES[inner]
        if size == INDICES[outer] and function in ("sum", "prod") and not condition:
            ranges = [f"{outer}", f"{outer} + 1", f"{outer}, {size}", f"{outer} + 1, {size}", size]
            ranges += [f"{size} - {outer}"] if function == "sum" else []
            size = f"range({self.random.choice(ranges)})"
        value = f"{function}({body} for {inner} in {size}{condition})"
        return f"sum({ALONE[outer]}*{value} for {outer} in {INDICES[outer]})"

    def term(self, loops, depth):
        """Return a term that depends on some of the indices."""
        if depth == 0:
            return self.entry(loops)
        choice = self.random.randrange(9)
        if choice < 2:
            return f"{self.term(loops, depth - 1)}*{self.factor(loops, depth - 1)}"
        if choice < 4:
            sign = self.random.choice("+-")
            return f"({self.term(loops, depth - 1)} {sign} {self.term(loops, depth - 1)})"
        if choice < 6:
            function = self.random.choice(("tanh", "sin", "cos", "sigmoid"))
            return f"{function}({self.term(loops, depth - 1)})"
        if choice == 6:
            return f"({self.term(loops, depth - 1)})**2"
        if choice == 7:
            return f"norm({self.vector(loops)} - {self.vector(loops)})**2"
        return f"exp(-norm({self.vector(loops)} - {self.vector(loops)})**2)"

    def factor(self, loops, depth):
        """Return a factor in parentheses where it needs them."""
        text = self.term(loops, depth)
        return f"({text})" if "-" in text or "+" in text else text

    def entry(self, loops):
        """Return a number that depends on one or two of the indices, or on none."""
        own = {INDICES[index]: index for index in loops}
        found = [f"{name}[{own[size]}]" for name, size in (("x", "n"), ("y", "n"), ("u", "m"), ("v", "k"))
                 if size in own and self.random.random() < 0.7]
        vectors = [index for index in loops if INDICES[index] in ("n", "m")]
        if vectors:
            found.append(f"({self.vector(loops)}@{self.vector(loops)}.T)")
            found.append(f"({self.vector(loops)}@w)")
        pairs = [("W", "i", "j"), ("A", "i", "a"), ("A", "j", "a"), ("B", "a", "b"), ("W", "i", "i")]
        found += [f"{name}[{one}, {two}]" for name, one, two in pairs if one in loops and two in loops]
        return self.random.choice(found or ["c", "2"])

    def vector(self, loops):
        """Return a row of d entries, by an index or without one."""
        rows = [f"{name}[{index}, :]" for index in loops for name, size in (("X", "n"), ("Y", "n"), ("Z", "m"))
                if INDICES[index] == size]
        text = self.random.choice([*rows, *rows, "w.T"])
        if self.random.random() < 0.2:
            text = f"({text}@C)"
        return text


def random_sum(seed):
    """Return (text, shapes) of a random formula with a sum over indices, every third with another one inside."""
    text = Sums(seed).nested() if seed % 3 == 2 else Sums(seed).text()
    return text, {name: shape for name, shape in ARRAYS.items() if re.search(rf"\b{name}\b", text)}
