"""Proofs about expressions: signs, bounds and definiteness, by rules that name themselves."""
