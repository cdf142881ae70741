"""Programs to accumulate derivatives of, and what tests ask of an accumulation."""

from matcalc.evaluation.fitting import whole_number
from matcalc.rulebook.entries import size_tree

MODES = ("forward", "reverse")
PROGRAMS = [
    ("norm(A@x - b)**2", "x", {}),
    ("x.T@A@x + detach(x).T@x", "x", {}),
    ("logdet(X) + tr(inv(X)@A)", "X", {}),
    ("softmax(W@x)", "x", {}),
    ("A@X@B", "X", {}),
    ("tr(expm(X)@X)", "X", {}),
    ("expm(z*A)", "z", {"shapes": {"z": ()}}),
    ("x.T@expm(z*A)@x", "z", {"shapes": {"z": ()}}),
    ("c*A@x", "c", {"shapes": {"c": ()}}),
    ("sum(X, axis=0)*y.T", "X", {}),
    ("x", "x", {}),
    ("x.T", "x", {}),
    ("A@b", "x", {"shapes": {"x": ("n", 1)}}),
    ("detach(x)", "x", {}),
    ("x*x*x", "x", {"shapes": {"x": (1, 1)}}),
    ("A@x", "x", {"shapes": {"A": (1, 3), "x": (3, 1)}}),
    ("x/norm(x)", "x", {"shapes": {"x": (3, 1)}}),
]


def lines_of(accumulation, *kinds):
    return [line for line in accumulation.lines if line.kind in kinds]


def shape_at(shape, sizes):
    return tuple(whole_number(size_tree(str(size)), sizes) for size in shape) or (1, 1)
