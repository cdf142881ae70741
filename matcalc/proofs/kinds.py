"""The kinds of claims; the prover and what checks its steps share these words and nothing else."""

# what a claim says of an expression; strictly: > 0, positive definite, below 1, strictly convex
SIGN = "sign"  # >= 0, entry by entry
NONZERO = "nonzero"  # no entry is 0
BOUND = "bound"  # absolute values <= 1, entry by entry
DEFINITE = "definite"  # symmetric and positive semidefinite
RANK = "rank"  # full column rank; for a column: not zero
CONVEX = "convex"  # convex in the variable, entry by entry
MATRIX_CONVEX = "matrix convex"  # symmetric, and convex in the order of Loewner
AFFINE = "affine"  # affine in the variable
