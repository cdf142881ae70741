"""Expectations, covariances and what follows from them: moments as expressions of the language."""
