"""Formulas in the words of NumPy, PyTorch, JAX and TensorFlow. Nothing of them is ever run."""
