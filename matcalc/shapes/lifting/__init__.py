"""Sums over an index, lifted into matrix form."""
