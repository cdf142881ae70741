"""What several tests share: the rule book, and the names of the functions that the language promises."""

import pytest

from matcalc.algebra.books import make_book


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
