"""What array libraries make of the arguments of generated functions: arrays of one floating dtype, or a refusal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import ArgumentError

if TYPE_CHECKING:
    import numpy


def _refuse(name: str, value: Any, library: str) -> NoReturn:
    """Raise ArgumentError for a value of which a library makes no array of numbers: what it is, what to give."""
    kind = type(value)
    own = kind.__module__ in ("builtins", "numpy")
    what = kind.__name__ if own else f"{kind.__module__.partition('.')[0]}.{kind.__name__}"
    for method in ("toarray", "todense", "to_dense"):
        if hasattr(value, method):
            raise ArgumentError(
                f"{name} is a sparse array ({what}), and generated code computes with dense ones",
                hint=f"give {name}.{method}()",
            )
    if own:
        raise ArgumentError(f"{name} is not an array of numbers", hint=f"give {library} or a list")
    raise ArgumentError(f"{name} is a {what}, which is not taken for an array of numbers", hint=f"give {library}")


class _Numpy:
    """Arrays, lists and numbers become NumPy arrays of one floating dtype; dask arrays and the like stay."""

    def __init__(self) -> None:
        self.numpy = numpy = import_module("numpy")
        self.singular = (numpy.linalg.LinAlgError,)

    def arrays(self, given):
        numpy, found = self.numpy, {}
        for name, value in given.items():
            if isinstance(value, numpy.ma.MaskedArray):
                raise ArgumentError(f"{name} is a masked array", hint=f"give {name}.filled(…)")
            if isinstance(value, numpy.ndarray) or not hasattr(value, "__array_function__"):
                value = self._array(name, value)
            elif hasattr(value, "todense"):
                _refuse(name, value, "a NumPy array")
            if getattr(value.dtype, "kind", "?") not in "fiub":
                raise ArgumentError(f"{name} has the dtype {value.dtype}", hint="give real numbers")
            found[name] = value
        floats = [v.dtype for n, v in found.items() if v.dtype.kind == "f" and not self._weak(given[n])]
        dtype = numpy.result_type(*floats) if floats else numpy.dtype(float)
        return {n: v if v.dtype == dtype else v.astype(dtype) for n, v in found.items()}

    def _weak(self, value):
        """Whether a value takes the dtype of the others: a Python number or a list of them."""
        return isinstance(value, (int, float, list, tuple)) and not isinstance(value, self.numpy.generic)

    def _array(self, name, value):
        if type(value) is self.numpy.ndarray:
            return value
        try:
            found = self.numpy.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
        except (TypeError, ValueError, OverflowError, RuntimeError):
            _refuse(name, value, "a NumPy array")
        if found.dtype == object and not isinstance(value, (list, tuple, self.numpy.ndarray)):
            _refuse(name, value, "a NumPy array")
        return found

    def converter(self, like: numpy.ndarray) -> Callable[[float], Any]:
        """Return the function that makes of a plain number what was made of another one."""
        return like.dtype.type

    def reshape(self, array: numpy.ndarray, shape: tuple) -> numpy.ndarray:
        return array.reshape(shape)


class _Torch:
    """Tensors keep their device; NumPy arrays, lists and numbers become tensors; all have one floating dtype."""

    def __init__(self) -> None:
        self.torch = torch = import_module("torch")
        self.singular = (torch.linalg.LinAlgError,)

    def arrays(self, given):
        torch = self.torch
        tensors = [v for v in given.values() if isinstance(v, torch.Tensor)]
        device = next((t.device for t in tensors if t.ndim), tensors[0].device if tensors else None)
        found, strong = {}, []
        for name, value in given.items():
            if not isinstance(value, torch.Tensor):
                weak = isinstance(value, (int, float, list, tuple))
                value = self._tensor(name, value, device)
                if not weak and value.dtype.is_floating_point:
                    strong.append(value.dtype)
            elif value.layout != torch.strided:
                _refuse(name, value, "a dense tensor")
            elif value.dtype.is_floating_point:
                strong.append(value.dtype)
            if value.dtype.is_complex:
                raise ArgumentError(f"{name} has the dtype {value.dtype}", hint="give real numbers")
            found[name] = value
        dtype = torch.float64 if not strong else strong[0]
        for other in strong[1:]:
            dtype = torch.promote_types(dtype, other)
        return {n: v.to(dtype) for n, v in found.items()}

    def _tensor(self, name, value, device):
        import numpy

        try:
            if isinstance(value, (int, float, list, tuple)):
                return self.torch.as_tensor(value, dtype=self.torch.float64, device=device)
            array = numpy.require(value, requirements=["C", "W"])
            return self.torch.as_tensor(array.reshape(numpy.shape(value)), device=device)
        except (TypeError, ValueError, RuntimeError, OverflowError):
            _refuse(name, value, "a tensor")

    def converter(self, like: Any) -> Callable[[float], Any]:
        """Return the function that makes of a plain number what was made of another one."""
        return lambda number: self.torch.as_tensor(number, dtype=like.dtype, device=like.device)

    def reshape(self, array, shape):
        return array.reshape(shape)


class _Jax:
    """Everything becomes a JAX array of one floating dtype, also while JAX traces."""

    singular = ()

    def __init__(self) -> None:
        self.jnp = import_module("jax.numpy")

    def arrays(self, given: Mapping[str, Any]) -> dict[str, Any]:
        jnp, found, floats = self.jnp, {}, []
        for name, value in given.items():
            weak = isinstance(value, (int, float, list, tuple))
            if value is None:  # JAX before 0.6 makes NaN of it
                _refuse(name, value, "a JAX array")
            try:
                value = jnp.asarray(value, dtype=float if weak else None)
            except (TypeError, ValueError, OverflowError, RuntimeError):
                _refuse(name, value, "a JAX array")
            if value.dtype.kind not in "fiub" and value.dtype != jnp.bfloat16:
                raise ArgumentError(f"{name} has the dtype {value.dtype}", hint="give real numbers")
            if not weak and jnp.issubdtype(value.dtype, jnp.floating):
                floats.append(value.dtype)
            found[name] = value
        dtype = jnp.result_type(*floats) if floats else jnp.asarray(0.0).dtype
        return {n: v if v.dtype == dtype else v.astype(dtype) for n, v in found.items()}

    def converter(self, like: Any) -> Callable[[float], Any]:
        """Return the function that makes of a plain number what was made of another one."""
        return lambda number: self.jnp.asarray(number, dtype=like.dtype)

    def reshape(self, array: Any, shape: tuple) -> Any:
        return self.jnp.reshape(array, shape)


class _TensorFlow:
    """Arrays, variables, lists and numbers become tensors; all have one floating dtype."""

    def __init__(self) -> None:
        self.tf = tf = import_module("tensorflow")
        self.singular = (tf.errors.InvalidArgumentError,)
        self.lacking = (tf.errors.NotFoundError, tf.errors.UnimplementedError)

    def traces(self) -> bool:
        """Whether tf.function is tracing, which passes arguments by their places."""
        return self.tf.inside_function()

    def arrays(self, given: Mapping[str, Any]) -> dict[str, Any]:
        tf, found, strong = self.tf, {}, []
        for name, value in given.items():
            weak = isinstance(value, (int, float, list, tuple))
            value = self._tensor(name, value, weak)
            if not (value.dtype.is_floating or value.dtype.is_integer or value.dtype.is_bool):
                raise ArgumentError(f"{name} has the dtype {value.dtype.name}", hint="give real numbers")
            if None in (value.shape if value.shape.rank is not None else [None]):
                raise ArgumentError(
                    f"the sizes of {name} are not known while tf.function traces",
                    hint="give whole shapes in input_signature, or call the function's plain",
                )
            if not weak and value.dtype.is_floating:
                strong.append(value.dtype)
            found[name] = value
        dtype = strong[0] if strong else tf.float64
        if any(other != dtype for other in strong):
            import numpy

            dtype = tf.as_dtype(numpy.result_type(*[other.as_numpy_dtype for other in strong]))
        return {name: value if value.dtype == dtype else tf.cast(value, dtype) for name, value in found.items()}

    def _tensor(self, name: str, value: Any, weak: bool) -> Any:
        tf = self.tf
        if isinstance(value, (tf.SparseTensor, tf.RaggedTensor)) or value is None or hasattr(value, "toarray"):
            _refuse(name, value, "a dense tensor")
        try:
            value = value.detach().cpu().numpy() if hasattr(value, "detach") else value
            return tf.convert_to_tensor(value, dtype=tf.float64 if weak else None)
        except (TypeError, ValueError, RuntimeError, OverflowError, *self.singular):
            _refuse(name, value, "a tensor")

    def converter(self, like: Any) -> Callable[[float], Any]:
        """Return the function that makes of a plain number what was made of another one."""
        return lambda number: self.tf.constant(number, dtype=like.dtype)

    def reshape(self, array: Any, shape: tuple) -> Any:
        return self.tf.reshape(array, shape)


class _ArrayApi:
    """Arrays of any library of the standard; numbers become arrays of the same library."""

    @property
    def singular(self) -> tuple:
        """The errors that libraries of the standard raise for a singular matrix, which is NumPy's mostly."""
        numpy = sys.modules.get("numpy")
        return () if numpy is None else (numpy.linalg.LinAlgError,)

    def arrays(self, given: dict[str, Any]) -> dict[str, Any]:
        arrays = {n: v for n, v in given.items() if hasattr(v, "__array_namespace__")}
        if not arrays:
            import numpy

            arrays = {"": numpy.zeros(1)}
        first = next(iter(arrays))
        self.xp = xp = arrays[first].__array_namespace__()
        for name, value in arrays.items():
            if type(value).__module__.partition(".")[0] != type(arrays[first]).__module__.partition(".")[0]:
                raise ArgumentError(
                    f"{name} is a {type(value).__name__} of another library than {first}",
                    hint="give arrays of one library",
                )
        try:
            return self._converted(given, xp)
        except (AttributeError, TypeError, NotImplementedError) as error:
            reason = str(error).splitlines()[0]
            raise ArgumentError(
                f"{xp.__name__} does not follow the array API standard: {reason}", hint="take another target"
            ) from error

    def _converted(self, given: dict[str, Any], xp: Any) -> dict[str, Any]:
        kept = [v.dtype for v in given.values() if hasattr(v, "__array_namespace__")]
        kept = [dtype for dtype in kept if xp.isdtype(dtype, "real floating")]
        dtype = xp.result_type(*kept) if kept else xp.float64
        found = {}
        for name, value in given.items():
            if hasattr(value, "todense"):
                _refuse(name, value, "a dense array")
            if not hasattr(value, "__array_namespace__"):
                value = self._array(name, value)
            if not xp.isdtype(value.dtype, ("bool", "integral", "real floating")):
                raise ArgumentError(f"{name} has the dtype {value.dtype}", hint="give real numbers")
            found[name] = value if value.dtype == dtype else xp.astype(value, dtype)
        return found

    def _array(self, name: str, value: Any) -> Any:
        if hasattr(value, "toarray"):
            _refuse(name, value, "a dense array")
        if hasattr(value, "shape") and value.shape != ():
            raise ArgumentError(
                f"{name} is of {type(value).__name__}, which does not follow the array API standard",
                hint="give arrays that have __array_namespace__, or take another target",
            )
        try:
            return self.xp.asarray(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise ArgumentError(f"{name} is not an array of numbers", hint="give an array") from error

    def converter(self, like: Any) -> Callable[[float], Any]:
        """Return the function that makes of a plain number what was made of another one."""
        return lambda number: self.xp.asarray(number, dtype=like.dtype)

    def reshape(self, array, shape):
        return self.xp.reshape(array, shape)


LIBRARIES: dict[str, Any] = {
    "numpy": _Numpy, "torch": _Torch, "jax": _Jax, "tensorflow": _TensorFlow, "array-api": _ArrayApi,
}  # fmt: skip
