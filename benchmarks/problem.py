"""What a problem of the benchmark of generated code is: a derivative, its arrays, and who computes it by hand."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy

KINDS = ("gradient", "Jacobian", "Hessian")


@dataclass(frozen=True)
class Problem:
    """A derivative that is computed by hand, by generated code and by automatic differentiation.

    ``text`` is the function in matcalc's language, ``wrt`` the names that it is differentiated by, ``shapes`` and
    ``assume`` as for :func:`matcalc.diff`. ``sizes`` are values of the letters in ``shapes``, smallest first;
    ``draw(rng, **sizes)`` makes the float64 arrays by name, columns as plain vectors.

    ``by_hand`` are functions of the arrays, written with NumPy and SciPy; the fastest at a size is the one that the
    others are compared with. A gradient comes with its value, (value, gradient, ...); Jacobians and Hessians come
    alone, a Hessian by a matrix in the order of its vec, columns stacked.

    ``functions`` are ways to write the function for a framework, called with the framework's :class:`Library` and the
    arrays; ``torch_functions`` are further ones for torch, which take the arrays alone. The fastest counts.
    """

    name: str
    kind: str
    text: str
    wrt: tuple
    shapes: dict
    sizes: tuple
    draw: Callable
    by_hand: tuple
    functions: tuple
    torch_functions: tuple = ()
    assume: dict = field(default_factory=dict)

    @property
    def title(self):
        """The name in a table."""
        return f"{self.name}, {self.kind}"

    @property
    def order(self):
        """The order of the derivative."""
        return 2 if self.kind == "Hessian" else 1

    @property
    def with_value(self):
        """Whether the value is computed along with the derivative, as one does in an optimiser."""
        return self.kind == "gradient"

    def arrays(self, size):
        """Return the arrays of a size, the same ones every time, which nobody can write into."""
        arrays = self.draw(numpy.random.default_rng(0), **size)
        for array in arrays.values():
            if isinstance(array, numpy.ndarray):
                array.flags.writeable = False
        return arrays

    def small_size(self):
        """Return sizes of a few entries, no two equal, in the order of the smallest sizes of the sweep."""
        letters = sorted(self.sizes[0], key=self.sizes[0].get)
        return dict(zip(letters, (3, 4, 6, 9)))
