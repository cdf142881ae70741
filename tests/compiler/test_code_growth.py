"""The work of generating code grows with the size of the expression, counted in operations, not in seconds."""

import pytest

import matcalc
from benchmarks.derivation import block_matrix, concatenated_pieces, sum_of_slices
from matcalc.compiler.operations import Graph


def layers_with_sums(k):
    text = "sum(" + "".join(f"tanh((W{i} + W{i}.T)@" for i in range(k)) + "x" + ")" * k + ")"
    return text, {f"W{i}": ("n", "n") for i in range(k)}


def quadratic_forms(k):
    return " + ".join(f"x.T@(A{i} + A{i}.T)@x" for i in range(k)), {f"A{i}": ("n", "n") for i in range(k)}


def operations_made(family, k, monkeypatch):
    """Return how many operations are asked for while the code of a derivative is generated."""
    text, shapes = family(k)
    derivative, made, original = matcalc.diff(text, "x", shapes=shapes), [], Graph.make

    def counted(self, *args, **kwargs):
        made.append(1)
        return original(self, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(Graph, "make", counted)
        derivative.code()
    return len(made)


@pytest.mark.parametrize("family", [
    layers_with_sums, quadratic_forms, lambda k: block_matrix(4 * k)[::2], lambda k: sum_of_slices(k)[::2],
    lambda k: concatenated_pieces(k)[::2],
])
def test_twice_the_expression_takes_about_twice_the_operations(family, monkeypatch):
    small, large = (operations_made(family, k, monkeypatch) for k in (10, 40))
    assert large < 5 * small, (small, large)


@pytest.mark.parametrize("target", ["numpy", "torch"])
def test_a_residual_network_is_written_with_the_sums_that_are_there(target):
    def derivative(layers):
        lines = "".join(f"h{i + 1} = h{i} + tanh(W@h{i} + b); " for i in range(layers))
        return matcalc.diff(f"h0 = x; {lines}norm(h{layers} - y)**2", "W", shapes={"b": ("n", 1), "y": ("n", 1)})

    small, large = (len(derivative(layers).code(target)) for layers in (5, 20))
    assert large < 5 * small, (small, large)
    assert derivative(4).compile(target).check().ok
