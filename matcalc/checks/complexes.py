"""The check of a derivative by complex names, on real and imaginary parts.

torch.func.jacrev takes no complex input, so z is x + iy with x and y real leaves: ∂f/∂z = (∂f/∂x - i ∂f/∂y)/2 and
∂f/∂conj(z) = (∂f/∂x + i ∂f/∂y)/2, the definitions (Wirtinger 1927; Hjørungnes 2011, 3.1). The gradients that torch and
JAX give of a real f are torch's own, with z one complex leaf. Nothing is shared with the engine but the parser.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from ..counts import positive_count, seed_number
from ..errors import LimitError, MatcalcError
from ..evaluation.evaluate import evaluate, node_values, own_torch_state
from ..evaluation.points import Point, array_text
from ..evaluation.truth import jacobian, unvec, vec
from ..language.nodes import plain_name
from ..language.syntax import parse_tree
from ..rulebook.facts import hermitian, is_complex
from .derivative import compare
from .problem import Problem, informative_point
from .report import CheckReport


class ComplexProblem(Problem):
    """A Problem in complex names; the points are those where the answer's conditions hold."""

    # a derivative by z may be rounding beside those by its real and imaginary parts
    witness, noise = "autograd of real and imaginary parts", 1e-3

    def __init__(self, derivative):
        super().__init__(derivative.query, parse_tree(str(derivative)))
        self.conditions, self.breakable, self.kinks, self.ties = list(derivative.conditions), [], [], []
        for name in self.query.by:
            self.facts.setdefault(name, self.facts.get(plain_name(name), frozenset()))
            if hermitian(self.facts[name]):  # its entries and their conjugates are one name's: no other convention
                self.query = replace(self.query, structure="free")

    def derivative(self, point):
        """Return (value, Jacobian, scale) at a point by autograd of real and imaginary parts."""
        query, leaves, arrays = self.query, {}, dict(point.arrays)
        for name in dict.fromkeys(map(plain_name, query.by)):
            parts = [point.arrays[name].real, point.arrays[name].imag] if self._is_complex(name) else [arrays[name]]
            leaves[name] = [part.detach().clone().requires_grad_() for part in parts]
            arrays[name] = torch.complex(*leaves[name]) if len(parts) == 2 else leaves[name][0]
        value = found = node_values(self.typed, arrays, point.sizes, self.book)[id(self.typed)]
        self.size = 0.0
        for place, name in enumerate(query.by):
            found = found.reshape(-1, 1) if place else found
            found = self._tangent(found, name, leaves[plain_name(name)], place + 1 < len(query.by))
        return value.detach(), found.detach(), self.size

    def _is_complex(self, name):
        return is_complex(self.facts.get(name, frozenset()))

    def _tangent(self, value, name, leaves, create_graph):
        """Return ∂vec(value)/∂vec(z)ᵀ, or by the conjugate, which another tangent is than z."""
        by_parts = [_jacobian(value, leaf, create_graph) for leaf in leaves]
        if len(leaves) == 1:
            return by_parts[0]
        along, across = by_parts
        self.size = max(float(along.detach().norm()), float(across.detach().norm()))
        sign = 1 if name == plain_name(name) else -1
        found = (along - sign * 1j * across) / 2
        if not hermitian(self.facts[plain_name(name)]):
            return found
        # dconj(H) is dH.T: what belongs to it is added at the place that mirrors its own
        rows, cols = leaves[0].shape
        mirrored = vec(unvec(torch.arange(rows * cols), (rows, cols)).mT)
        return found + ((along + sign * 1j * across) / 2)[:, mirrored]

    def true_value(self, value, found, point):
        """Return the derivative in the layout of the answer, or the gradient in a library's convention."""
        plain = plain_name(self.variable)
        point = Point({**point.arrays, self.variable: point.arrays[plain]}, point.sizes)
        for name in self.query.free:
            point.arrays.setdefault(name, point.arrays[plain_name(name)])
        arranged = super().true_value(value, found, point)
        if self.query.convention == "wirtinger" or not self._is_complex(plain):
            return arranged
        if hermitian(self.facts[plain]):
            return arranged if self.query.convention == "jax" else arranged.conj()
        gradient = self._of_torch(point, plain)
        gradient = gradient if self.query.convention == "torch" else gradient.conj()
        return gradient.mT if self.query.layout == "num" else gradient

    def _of_torch(self, point, name):
        """Return torch's own .grad of a real expression by a complex name."""
        leaf = point.arrays[name].detach().clone().requires_grad_()
        value = evaluate(self.typed, {**point.arrays, name: leaf}, point.sizes, self.book)
        if not value.requires_grad:
            return torch.zeros_like(leaf)
        (found,) = torch.autograd.grad(value.real.sum(), leaf, allow_unused=True, materialize_grads=True)
        return found

    def refuse_large(self, shapes, sizes):
        """Raise LimitError where it would take too long, as of real names."""
        super().refuse_large({**shapes, **{name: shapes[plain_name(name)] for name in self.query.by}}, sizes)

    def sides(self, point):
        """Kinks are not looked for."""
        return set()


def _jacobian(value, leaf, create_graph):
    if not value.is_complex():
        return jacobian(value, leaf, create_graph)
    return torch.complex(*[jacobian(part, leaf, create_graph) for part in (value.real, value.imag)])


@own_torch_state()
def check_complex(derivative, points=3, seed=0):
    """Compare a derivative by complex names with autograd of real and imaginary parts; return a :class:`CheckReport`.

    Raises ArgumentError where ``points`` is not positive.
    """
    points, seed = positive_count("points", points), seed_number(seed)
    try:
        problem = ComplexProblem(derivative)
    except LimitError as refused:
        return CheckReport(None, None, 0, refused.message)
    except MatcalcError as refused:
        return CheckReport(False, None, 0, f"the answer cannot be read back: {refused.message}")
    sampler, worst = problem.sampler(seed), 0.0
    for number in range(points):
        try:
            point = informative_point(problem, sampler, set())
        except RuntimeError as fault:
            reason = f"torch cannot differentiate this: {str(fault).splitlines()[0]}"
            return CheckReport(None, worst if number else None, number, reason)
        if point is None:
            return CheckReport(None, worst if number else None, number, sampler.reason)
        error, reason, ours = compare(problem, point)
        worst = max(worst, error)
        if reason:
            named = [*point.arrays.items(), ("torch", problem.found[0]), ("matcalc", ours)]
            shown = [f"{name} = {'no value' if array is None else array_text(array)}" for name, array in named]
            return CheckReport(False, worst, number + 1, reason, "\n".join(shown))
    return CheckReport(True, worst, points)
