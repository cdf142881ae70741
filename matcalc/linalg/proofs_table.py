"""The table of all rules, by the kind of claim that they prove."""

from __future__ import annotations

from .proofs import BOUND, DEFINITE, NONZERO, RANK, SIGN
from .proofs_bounds import BOUND_RULES, BOUNDED_SIGN_RULES, NONZERO_RULES
from .proofs_grams import GRAM_RULES
from .proofs_matrices import MATRIX_RULES, PRODUCT_RULES, RANK_RULES
from .proofs_polynomials import POLYNOMIAL_RULES
from .proofs_scalars import CAUCHY_SCHWARZ_RULES, SCALAR_RULES
from .proofs_signs import LATE_SIGN_RULES, SIGN_RULES
from .proofs_sums import SUM_RULES

# within a kind the rules are tried in this order: what is known, operations, then what builds new expressions
TABLE = {
    SIGN: (
        *SIGN_RULES,
        *SCALAR_RULES,
        *BOUNDED_SIGN_RULES,
        *GRAM_RULES,
        *CAUCHY_SCHWARZ_RULES,
        *POLYNOMIAL_RULES,
        *LATE_SIGN_RULES,
    ),
    NONZERO: NONZERO_RULES,
    BOUND: BOUND_RULES,
    DEFINITE: (*MATRIX_RULES, *SUM_RULES, *GRAM_RULES, *PRODUCT_RULES),
    RANK: RANK_RULES,
}
