"""Convexity of scalar functions: proofs and chords that refute."""
