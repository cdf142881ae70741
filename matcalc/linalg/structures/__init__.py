"""The structures that a matrix of numbers can have."""
