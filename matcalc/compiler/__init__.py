"""Generated code: functions of value and derivatives for NumPy, PyTorch, JAX and the array API standard."""

from .passes import PASSES

__all__ = ["PASSES"]
