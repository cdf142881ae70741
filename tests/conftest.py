"""What several tests share: the rule book, and the names of the functions that the language promises."""

import gc
import os

import pytest

# before torch and JAX are imported: the arrays of the tests are small, and threads would wait for each other
os.environ.setdefault("OMP_NUM_THREADS", "1")

from matcalc.algebra.books import make_book  # noqa: E402


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc):
    """Make no items of rows that are ``long`` where the run leaves those out: they are most of all there are."""
    if "not long" not in metafunc.config.option.markexpr:
        return
    whole = metafunc.definition.get_closest_marker("long") is not None
    own = metafunc.definition.own_markers
    own[:] = [_without_long_rows(mark, whole) if mark.name == "parametrize" else mark for mark in own]


def _without_long_rows(mark, whole):
    """Return a parametrize mark with the rows that are not ``long``; one, to be left out, where nothing is run."""
    names, rows, *others = mark.args
    rows = list(rows)
    kept = [row for row in rows if not whole and all(one.name != "long" for one in getattr(row, "marks", ()))]
    ids = mark.kwargs.get("ids")
    if len(kept) == len(rows) or others or not (ids is None or callable(ids)):
        return mark
    return pytest.mark.parametrize(names, kept or rows[:1], **mark.kwargs).mark


def pytest_collection_finish():
    """Leave what was collected, and all that was imported for it, to no later search for garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def book():
    """The rule book that matcalc ships."""
    return make_book()


@pytest.fixture(scope="module")
def double_precision_in_jax():
    """JAX with 64 bits, for a module that asks for it; the setting is put back."""
    import jax

    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)
