"""The callable that a generated function becomes: arguments are checked, then the plain code runs."""

from __future__ import annotations

import linecache
import weakref
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import update_wrapper
from importlib import import_module
from numbers import Integral
from typing import TYPE_CHECKING, Any, NoReturn

from sympy import Expr, Symbol

from ..errors import ArgumentError, DomainError, ShapeError, UnknownNameError

if TYPE_CHECKING:
    import numpy

    from ..checks.derivative import CheckReport
    from .program import Argument, Program
    from .targets import Target

_counter = 0


def load(program: Program) -> Callable:
    """Return the plain function of a program, ready to be called; raises ArgumentError where its library is missing."""
    global _counter
    for module in _needed(program.target):
        try:
            import_module(module)
        except ImportError:
            raise ArgumentError(
                f"the target {program.target.name} needs {module}, which is not installed",
                hint=f"python -m pip install {module}",
            ) from None
    _counter += 1
    filename = f"<matcalc {program.target.name} code {_counter}>"
    linecache.cache[filename] = (len(program.source), None, program.source.splitlines(True), filename)
    namespace: dict = {"__name__": f"matcalc_generated_{_counter}"}
    exec(compile(program.source, filename, "exec"), namespace)  # noqa: S102 (the text is made of checked names)
    plain = namespace[program.name]
    weakref.finalize(plain, linecache.cache.pop, filename, None)
    return plain


def _needed(target: Target) -> tuple[str, ...]:
    return {"numpy": ("numpy",), "torch": ("torch",), "jax": ("jax",), "array-api": ()}[target.name]


class GeneratedFunction:
    """A generated function that checks what it is given.

    Called with one keyword argument for every name; a column may be a vector of one dimension. The dtype and the
    device of the arrays are kept. ``source`` is the code, ``plain`` the function without the checks.
    Raises ShapeError, UnknownNameError or ArgumentError for arguments that do not fit, DomainError where a matrix is
    singular or not positive definite.
    """

    def __init__(self, program: Program, request: Any = None) -> None:
        self.program, self.request = program, request
        self.plain = load(program)
        self.source = program.source
        self.target = program.target.name
        self._library = _LIBRARIES[self.target]()
        self._shapes = {a.name: a.shape for a in program.arguments}
        self._codes = {**{a.name: a.code for a in program.arguments}, **{size: size for size in program.sizes}}
        update_wrapper(self, self.plain)

    def __reduce__(self):
        return GeneratedFunction, (self.program, self.request)

    def __call__(self, /, *positional, **arrays):
        """Return the results, each with two dimensions or none; see the class."""
        if positional:
            raise ArgumentError(
                f"{self.program.name} takes its arguments by name", hint=f"write {self._usage()}"
            )
        if arrays.keys() != self._codes.keys():
            self._refuse_names(arrays)
        given = {n: value for n, value in arrays.items() if n in self._shapes}
        values = self._library.arrays(given)
        sizes = {size: self._size(size, arrays[size]) for size in self.program.sizes}
        shapes = {a.name: self._shape(a, tuple(values[a.name].shape)) for a in self.program.arguments}
        for argument in self.program.arguments:
            self._bind(argument, shapes[argument.name], sizes)
        for argument in self.program.arguments:
            self._check_sizes(argument, shapes[argument.name], sizes)
            if argument.is_scalar and values[argument.name].shape != ():
                values[argument.name] = self._library.reshape(values[argument.name], ())
        self._check_exponents(values)
        words = {self._codes[name]: value for name, value in values.items()}
        words.update({size: sizes[size] for size in self.program.sizes})
        try:
            return self.plain(**words)
        except self._library.singular as error:
            raise DomainError(
                f"{self.program.name} has no value here: {str(error).splitlines()[0] or 'a matrix is singular'}",
                hint="a matrix is singular, or declared pd and not positive definite",
            ) from error
        except (TypeError, NotImplementedError, RuntimeError) as error:
            dtype = next((str(value.dtype).removeprefix("torch.") for value in values.values()), "float64")
            if dtype in ("float32", "float64"):
                raise
            raise ArgumentError(
                f"{self.target} has not all that {self.program.name} needs in {dtype}", hint="give float32 or float64"
            ) from error

    def check(self, points: int = 3, seed: int = 0) -> CheckReport:
        """Compare the code with torch's values of the formulas that it stands for, at random points.

        Returns a :class:`~matcalc.checks.derivative.CheckReport`; ``ok`` is None where there is no point to compare at.
        """
        from ..checks.code import check_code

        return check_code(self, points, seed)

    def broken(self, /, **arrays: Any) -> list[str]:
        """Return the conditions of the derivatives that these arrays break, as texts: ['nonzero(x)'] at a kink.

        The call itself does not ask for them, which would take longer than most derivatives. Needs torch; raises what
        :meth:`matcalc.Derivative.broken` raises.
        """
        names = {name for derivative in self.request.derivatives for name in derivative.shapes}
        given = {name: _on_the_host(array) for name, array in arrays.items() if name in names}
        found = [text for derivative in self.request.derivatives for text in derivative.broken(**given)]
        return list(dict.fromkeys(found))

    def _usage(self) -> str:
        return f"{self.program.name}({', '.join(f'{name}=…' for name in self._codes)})"

    def _refuse_names(self, arrays: dict[str, float | numpy.ndarray]) -> NoReturn:
        for name in arrays:
            if name not in self._codes:
                close = get_close_matches(name, self._codes, 1, 0.3)
                raise UnknownNameError(
                    f"no argument '{name}'",
                    hint=f"did you mean {close[0]}?" if close else f"the arguments are {', '.join(self._codes)}",
                )
        missing = [name for name in self._codes if name not in arrays]
        raise UnknownNameError(f"no value for {', '.join(missing)}", hint=f"write {self._usage()}")

    def _size(self, name: str, value: float | str | int | None) -> int:
        if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
            raise ArgumentError(f"the size {name} is {value!r}", hint="a size is a positive integer")
        return int(value)

    @staticmethod
    def _shape(argument, shape):
        """Return the (rows, columns) of an array of this shape; the code takes vectors as they are."""
        expected = f"{argument.shape[0]}×{argument.shape[1]}"
        if argument.is_scalar:
            if shape not in ((), (1,), (1, 1)):
                raise ShapeError(
                    f"{argument.name} is a scalar, and the array given is {_shown(shape)}",
                    hint=f"give {argument.name} as a number",
                )
            return argument.shape
        if not shape:
            raise ShapeError(
                f"{argument.name} is {expected}, and a single number was given",
                hint=f"give {argument.name} as an array of {expected}",
            )
        if len(shape) == 1 and argument.is_vector:
            shape = (1, *shape) if argument.shape[0] == 1 else (*shape, 1)
        if len(shape) != 2:
            raise ShapeError(
                f"{argument.name} is {expected}, and the array given has {len(shape)} {_dimensions(len(shape))}",
                hint=f"give {argument.name} as an array of {expected}",
            )
        if 0 in shape:
            raise ShapeError(f"{argument.name} is empty: {_shown(shape)}", hint="every size is at least 1")
        return shape

    def _bind(self, argument: Argument, shape: tuple[int | Expr, int | Expr], sizes: dict[str, int]) -> None:
        """Enter the sizes that an array shows into ``sizes``; raises ShapeError where they have other values."""
        for size, given in zip(argument.shape, shape):
            known = given == given  # dask does not know how many rows are left of a selection, and says NaN
            if known and isinstance(size, Symbol) and sizes.setdefault(size.name, given) != given:
                raise self._unfit(argument, shape, f"{size} = {sizes[size.name]}")

    def _check_sizes(self, argument: Argument, shape: tuple[int | Expr, int | Expr], sizes: dict[str, int]) -> None:
        """Raise ShapeError where sizes that are numbers or products are not those of the array."""
        if any(given != given for given in shape):
            return
        expected = tuple(_whole(size, sizes) for size in argument.shape)
        if expected != shape:
            raise self._unfit(argument, shape, f"here {expected[0]}×{expected[1]}")

    def _check_exponents(self, values: Mapping[str, Any]) -> None:
        """Refuse an exponent of a matrix power that is no whole number; one that is traced is not known."""
        for name in self.program.exponents:
            try:
                whole = float(values[name]) == round(float(values[name]))
            except (TypeError, ValueError, OverflowError):
                continue
            if not whole:
                raise DomainError(
                    f"{name} is {float(values[name])}, and a power of a matrix takes a whole number",
                    hint=f"give {name} as a whole number",
                )

    @staticmethod
    def _unfit(argument: Argument, shape: tuple[int, int], known: str) -> ShapeError:
        expected = f"{argument.shape[0]}×{argument.shape[1]}"
        return ShapeError(
            f"{argument.name} is {_shown(shape)}, but its shape is {expected} ({known})",
            hint=f"give {argument.name} as an array of {expected}",
        )

    def __repr__(self) -> str:
        return f"<generated {self.target} function {self._usage()}>"


def _on_the_host(array: Any) -> Any:
    """Return an array of any library as one that NumPy takes."""
    if hasattr(array, "detach"):
        return array.detach().cpu().numpy()
    from numpy import asarray

    return asarray(array)


def _whole(size: Expr, sizes: Mapping[str, int]) -> int:
    """Return a size as an int, for known values of the sizes that it is made of."""
    if isinstance(size, Symbol):
        return sizes[size.name]
    if size.is_Integer:
        return int(size)
    return int(size.xreplace({symbol: sizes[symbol.name] for symbol in size.free_symbols}))


def _dimensions(count):
    return "dimension" if count == 1 else "dimensions"


def _shown(shape):
    return "×".join(map(str, shape)) if shape else "a single number"


# -- what the libraries make of arguments ------------------------------------------------------------------------


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
            if value.dtype.kind not in "fiub":
                raise ArgumentError(f"{name} has the dtype {value.dtype}", hint="give real numbers")
            found[name] = value
        floats = [v.dtype for n, v in found.items() if v.dtype.kind == "f" and not self._weak(given[n])]
        dtype = numpy.result_type(*floats) if floats else numpy.dtype(float)
        return {n: v if v.dtype == dtype else v.astype(dtype) for n, v in found.items()}

    def _weak(self, value):
        """Whether a value takes the dtype of the others: a Python number or a list of them."""
        return isinstance(value, (int, float, list, tuple)) and not isinstance(value, self.numpy.generic)

    def _array(self, name, value):
        try:
            return self.numpy.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
        except (TypeError, ValueError, OverflowError) as error:
            raise ArgumentError(f"{name} is not an array of numbers", hint="give a NumPy array or a list") from error

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
        except (TypeError, ValueError, RuntimeError, OverflowError) as error:
            raise ArgumentError(f"{name} is not an array of numbers", hint="give a tensor or a list") from error

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
            try:
                value = jnp.asarray(value, dtype=float if weak else None)
            except (TypeError, ValueError, OverflowError) as error:
                raise ArgumentError(f"{name} is not an array of numbers", hint="give a JAX array or a list") from error
            if value.dtype.kind not in "fiub" and value.dtype != jnp.bfloat16:
                raise ArgumentError(f"{name} has the dtype {value.dtype}", hint="give real numbers")
            if not weak and jnp.issubdtype(value.dtype, jnp.floating):
                floats.append(value.dtype)
            found[name] = value
        dtype = jnp.result_type(*floats) if floats else jnp.asarray(0.0).dtype
        return {n: v if v.dtype == dtype else v.astype(dtype) for n, v in found.items()}

    def reshape(self, array: Any, shape: tuple) -> Any:
        return self.jnp.reshape(array, shape)


class _ArrayApi:
    """Arrays of any library of the standard; numbers become arrays of the same library."""

    singular = ()

    def arrays(self, given: dict[str, Any]) -> dict[str, Any]:
        arrays = [v for v in given.values() if hasattr(v, "__array_namespace__")]
        if not arrays:
            import numpy

            arrays = [numpy.zeros(1)]
        self.xp = xp = arrays[0].__array_namespace__()
        kept = [v.dtype for v in arrays if xp.isdtype(v.dtype, "real floating")]
        dtype = xp.result_type(*kept) if kept else xp.float64
        found = {}
        for name, value in given.items():
            if not hasattr(value, "__array_namespace__"):
                if hasattr(value, "shape") and value.shape != ():
                    raise ArgumentError(
                        f"{name} is of {type(value).__name__}, which does not follow the array API standard",
                        hint="give arrays that have __array_namespace__, or take another target",
                    )
                try:
                    value = xp.asarray(value)
                except (TypeError, ValueError, OverflowError) as error:
                    raise ArgumentError(f"{name} is not an array of numbers", hint="give an array") from error
            if not xp.isdtype(value.dtype, ("bool", "integral", "real floating")):
                raise ArgumentError(f"{name} has the dtype {value.dtype}", hint="give real numbers")
            found[name] = value if value.dtype == dtype else xp.astype(value, dtype)
        return found

    def reshape(self, array, shape):
        return self.xp.reshape(array, shape)


_LIBRARIES = {"numpy": _Numpy, "torch": _Torch, "jax": _Jax, "array-api": _ArrayApi}
