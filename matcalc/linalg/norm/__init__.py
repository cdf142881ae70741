"""Norms of numbers, with their gradients, and the inequalities between them."""
