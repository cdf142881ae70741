"""Claims made from the corpus: right ones in other forms are never called wrong, wrong ones get their diagnosis.

These are samples; ``python tests/support/all_claims.py`` judges every claim of every kind, and thousands of right ones.
"""

import random

import numpy
import pytest
from all_claims import ENTRIES, judged_right, rate
from wrong_claims import KINDS, MORE_KINDS, options, wrong_claims

import matcalc
from matcalc.api import Question, book_of
from matcalc.evaluation.evaluate import evaluate

SEED = 20
# of each kind
CLAIMS, LEAST_RATE, RIGHT_CLAIMS = 4, 0.9, 30


def test_wrong_claims_get_the_diagnosis_that_matches_how_they_were_made():
    print(f"seed {SEED}")
    rates = {kind: rate(kind, CLAIMS, random.Random(SEED)) for kind in (*KINDS, *MORE_KINDS)}
    for kind, found in rates.items():
        print(f"{kind}: {found.right} of {found.count}")
        assert found.count == CLAIMS
        assert found.right >= 0.8 * found.count, found.missed
    matched, made = sum(found.right for found in rates.values()), sum(found.count for found in rates.values())
    assert matched >= LEAST_RATE * made, [missed for found in rates.values() for missed in found.missed]


def test_no_right_claim_is_called_wrong():
    print(f"seed {SEED}")
    wrong = judged_right(RIGHT_CLAIMS, random.Random(SEED))
    assert not wrong, wrong


# -- counterexamples against NumPy ------------------------------------------------------------------------------------


def _array(value, shape):
    array = numpy.asarray(value, dtype=float)
    return array.reshape(1, 1) if not shape else array.reshape(-1, shape[1] if shape[1] == 1 else array.shape[-1])


def _value(text, arrays, sizes):
    import torch

    from matcalc.language.syntax import parse_tree

    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    return evaluate(parse_tree(text), tensors, sizes, book_of()).numpy()


def _gradient(text, name, arrays, sizes, step=1e-6):
    """Return the gradient of a scalar by central differences, shaped like the variable."""
    found = numpy.zeros_like(arrays[name])
    for place in numpy.ndindex(found.shape):
        moved = [{**arrays, name: arrays[name].copy()} for _ in range(2)]
        moved[0][name][place] += step
        moved[1][name][place] -= step
        above, below = (_value(text, m, sizes).item() for m in moved)
        found[place] = (above - below) / (2 * step)
    return found


SCALARS = [e for e in ENTRIES if e["order"] == 1 and not e.get("structured") and e["shapes"].get(e["wrt"])]


@pytest.mark.parametrize("kind", ["factor", "dropped term", "symmetric only", "wrong sign"])
def test_counterexamples_are_right(kind):
    """At the point shown, the formula has the first value and central differences give the second."""
    rng, seen = random.Random(SEED), 0
    for entry in rng.sample(SCALARS, len(SCALARS)):
        if seen == 2:
            break
        elaborated = Question(entry["expr"], **options(entry)).query().elaborated
        shapes = {n: tuple(map(str, s)) for n, s in elaborated.shapes.items()}
        for text, layout in wrong_claims(entry, kind, rng):
            report = matcalc.check(entry["expr"], text, layout=layout, **options(entry))
            found = report.counterexample
            if found is None or "yours" not in found or not _is_scalar(elaborated):
                continue
            seen += 1
            arrays = {n: _array(found[n], () if shapes[n] == ("1", "1") else (0, 1 if shapes[n][1] == "1" else 0))
                      for n in shapes}
            sizes = {s: size for n in shapes for s, size in zip(shapes[n], arrays[n].shape) if s.isidentifier()}
            gradient = _gradient(entry["expr"], entry["wrt"], arrays, sizes)
            right = numpy.atleast_1d(numpy.asarray(found["right"], dtype=float))
            expected = gradient.T if report.layout == "num" else gradient
            right = right.reshape(expected.shape)
            assert numpy.allclose(right, expected, rtol=2e-3, atol=1e-4), (entry["id"], str(report))
            yours = _value(text, arrays, sizes)
            shown = numpy.asarray(found["yours"], dtype=float).reshape(yours.shape)
            assert numpy.allclose(shown, yours, rtol=1e-3, atol=1e-9), (entry["id"], str(report))
            assert not numpy.allclose(yours, expected, rtol=1e-5, atol=1e-7)
    assert seen >= 2


def _is_scalar(elaborated):
    from matcalc.algebra.expressions import is_array

    return not is_array(elaborated.expression)
