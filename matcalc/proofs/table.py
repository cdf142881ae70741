"""The table of all rules, by the kind of claim that they prove."""

from __future__ import annotations

from .kinds import BOUND, DEFINITE, NONZERO, RANK, SIGN
from .rules.blocks import BLOCK_RANK_RULES, BLOCK_RULES, BLOCK_SIGN_RULES
from .rules.bounds import BOUND_RULES, BOUNDED_SIGN_RULES, NONZERO_RULES
from .rules.descents import DESCENT_RULES
from .rules.grams import GRAM_RULES
from .rules.inequalities import INEQUALITY_RULES
from .rules.matrices import MATRIX_RULES, PRODUCT_RULES, RANK_RULES
from .rules.norms import NORM_RULES
from .rules.pointwise import POINTWISE_RULES, WRITTEN_RULES
from .rules.polynomials import POLYNOMIAL_RULES
from .rules.scalars import CAUCHY_SCHWARZ_RULES, SCALAR_RULES
from .rules.signs import LATE_SIGN_RULES, SIGN_RULES
from .rules.spectra import SPECTRUM_RULES
from .rules.sums import SUM_RULES

# within a kind the rules are tried in this order: what is known, operations, then what builds new expressions
TABLE = {
    SIGN: (
        *SIGN_RULES,
        *BLOCK_SIGN_RULES,
        *SCALAR_RULES,
        *BOUNDED_SIGN_RULES,
        *GRAM_RULES,
        *CAUCHY_SCHWARZ_RULES,
        *POLYNOMIAL_RULES,
        *LATE_SIGN_RULES,
        *NORM_RULES,
        *INEQUALITY_RULES,
        *POINTWISE_RULES,
        *DESCENT_RULES,
        *WRITTEN_RULES,
    ),
    NONZERO: NONZERO_RULES,
    BOUND: BOUND_RULES,
    DEFINITE: (*MATRIX_RULES, *BLOCK_RULES, *SUM_RULES, *GRAM_RULES, *PRODUCT_RULES, *SPECTRUM_RULES),
    RANK: (*RANK_RULES, *BLOCK_RANK_RULES),
}
