"""Index notation as it is printed, evaluated by NumPy entry by entry: Python reads the text, loops do the sums.

Shares nothing with matcalc but the evaluator of what stands before brackets, arrays in the language, which is torch's.
"""

import ast
import itertools
import math

import numpy as np
import torch

from matcalc.evaluation.evaluate import evaluate, node_values
from matcalc.language.syntax import parse_tree


class Reader:
    """Evaluates texts at a point: ``arrays`` and ``sizes`` by name, ``book`` for the functions of the language."""

    def __init__(self, arrays, sizes, book):
        self.tensors, self.sizes, self.book, self.known = arrays, sizes, book, {}

    def values(self, text, letters, places):
        """Return the values of a text at some places, each a tuple of the values of the letters."""
        self.source = text
        tree = ast.parse(text, mode="eval").body
        return np.array([self.number(tree, dict(zip(letters, place))) for place in places])

    def number(self, node, env):
        """Return the number that a node stands for where the letters in ``env`` have these values."""
        if isinstance(node, ast.Constant):
            return float(node.value)
        if isinstance(node, ast.UnaryOp):
            return -self.number(node.operand, env)
        if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.MatMult):
            left, right = self.number(node.left, env), self.number(node.right, env)
            return _OPERATIONS[type(node.op)](left, right)
        if isinstance(node, ast.Name) and node.id in env:
            return float(env[node.id])
        if isinstance(node, ast.Subscript):
            return self.entry(node, env)
        if isinstance(node, ast.Call) and node.func.id == "sum" and isinstance(node.args[0], ast.GeneratorExp):
            return self.total(node.args[0], env)
        if isinstance(node, ast.Call) and any(isinstance(n, (ast.Subscript, ast.GeneratorExp)) for n in ast.walk(node)):
            args = [self.number(arg, env) for arg in node.args]
            names = {f"a{k}": torch.tensor([[arg]], dtype=torch.float64) for k, arg in enumerate(args)}
            return float(evaluate(parse_tree(f"{node.func.id}({', '.join(names)})"), names, {}, self.book))
        return float(self.array(node).item())

    def array(self, node):
        """Return the array that a text of the language stands for."""
        text = ast.get_source_segment(self.source, node)
        if text not in self.known:
            self.known[text] = evaluate(parse_tree(text), self.tensors, self.sizes, self.book).numpy()
        return self.known[text]

    def entry(self, node, env):
        """Return an entry of an array; of a column or a row one index is enough."""
        items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        places = [self.place(item, env) for item in items]
        if isinstance(node.value, ast.Name) and node.value.id == "delta":
            return 1.0 if places[0] == places[1] else 0.0
        array = self.array(node.value)
        return float(array.reshape(-1)[places[0]] if len(places) == 1 else array[places[0], places[1]])

    def place(self, node, env):
        if isinstance(node, ast.Constant):
            return int(node.value)
        if isinstance(node, ast.Name):
            return env[node.id] if node.id in env else self.sizes[node.id]
        left, right = self.place(node.left, env), self.place(node.right, env)
        return int(_OPERATIONS[type(node.op)](left, right))

    def total(self, node, env):
        """Return a sum over letters: for k in n, for p in range(n*m)."""
        ranges = []
        for loop in node.generators:
            counted = loop.iter.args[0] if isinstance(loop.iter, ast.Call) else loop.iter
            ranges.append(range(self.place(counted, {})))
        names = [loop.target.id for loop in node.generators]
        return math.fsum(self.number(node.elt, {**env, **dict(zip(names, p))}) for p in itertools.product(*ranges))


_OPERATIONS = {
    ast.Add: lambda a, b: a + b, ast.Sub: lambda a, b: a - b, ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b, ast.Pow: lambda a, b: a**b,
}  # fmt: skip


def jacrev(tree, point, names, book):
    """Return nested torch.func.jacrev of a surface tree by names in turn, two axes for the value and for each name."""
    distinct = list(dict.fromkeys(names))

    def function(*values):
        return node_values(tree, {**point.arrays, **dict(zip(distinct, values))}, point.sizes, book)[id(tree)]

    for name in names:
        function = torch.func.jacrev(function, distinct.index(name))
    return function(*[point.arrays[name] for name in distinct]).numpy()
