"""The short form: rewrites that never make an answer longer."""
