"""What several tests share: the rule book, and the names of the functions that the language promises."""

import gc
import os

import pytest

# before torch and JAX are imported: the arrays of the tests are small, and threads would wait for each other
os.environ.setdefault("OMP_NUM_THREADS", "1")

from matcalc.algebra.books import make_book  # noqa: E402


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
