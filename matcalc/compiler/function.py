"""The callable that a generated function becomes: arguments are checked, then the plain code runs."""

from __future__ import annotations

import linecache
import re
import weakref
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import update_wrapper
from importlib import import_module
from numbers import Integral
from typing import TYPE_CHECKING, Any, NoReturn

from sympy import Expr, Symbol

from ..errors import ArgumentError, DomainError, ShapeError, UnknownNameError, shown_value
from ..evaluation.fitting import whole_number
from ..evaluation.frames import is_table, without_tables
from ..evaluation.places import bound_sizes, free_sizes
from ..rulebook.entries import size_tree
from ..words import shown_shape
from .libraries import LIBRARIES

if TYPE_CHECKING:
    import numpy

    from ..checks.derivative import CheckReport
    from .program import Argument, Program
    from .targets import Target

_counter = 0
_MOST_KINDS = 64


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
    return () if target.name == "array-api" else (target.name,)


class GeneratedFunction:
    """A generated function that checks what it is given.

    Called with one keyword argument for every name; a column may be a vector of one dimension, and an array a frame or
    a series of pandas. The dtype and the
    device of the arrays are kept. ``source`` is the code, ``plain`` the function without the checks.
    Raises ShapeError, UnknownNameError or ArgumentError for arguments that do not fit, DomainError where a matrix is
    singular or not positive definite.
    """

    def __init__(self, program: Program, request: Any = None) -> None:
        self.program, self.request = program, request
        self.plain = load(program)
        self.source = program.source
        self.target = program.target.name
        self._library = LIBRARIES[self.target]()
        self._shapes = {a.name: a.axes for a in program.arguments}
        self._codes = {**{a.name: a.code for a in program.arguments}, **{size: size for size in program.sizes}}
        # kinds of arguments that are known to fit, and what converts the plain numbers among them
        self._fitting: dict = {}
        self._kind = _kind_function(program.arguments)
        self._lacking = getattr(self._library, "lacking", ())
        # TensorFlow says by NaN, and by no error, that a matrix has no Cholesky factor
        self._may_have_none = bool(program.undetermined) or "tf.linalg.cholesky(" in program.source
        # an exponent is looked at whenever it is given, and a name that is a word of Python has another one in the code
        same_names = all(name == code for name, code in self._codes.items())
        self._remembers = same_names and not program.exponents and not program.sizes
        update_wrapper(self, self.plain)

    def __reduce__(self):
        return GeneratedFunction, (self.program, self.request)

    def __call__(self, /, *positional, **arrays):
        """Return the results, each with two dimensions or none; see the class."""
        if positional and getattr(self._library, "traces", bool)():
            arrays, positional = {**dict(zip(self._codes, positional)), **arrays}, ()
        try:
            kind = self._kind(**arrays)
        except (AttributeError, TypeError, RuntimeError):  # other names; a list; a tensor without storage
            kind = None
        converted = self._fitting.get(kind)
        if converted is None or positional:
            words = self._checked(positional, arrays, kind)
        else:
            for name, convert in converted:
                arrays[name] = convert(arrays[name])
            words = arrays
        try:
            found = self.plain(**words)
        except (TypeError, RuntimeError, AttributeError, *self._library.singular, *self._lacking) as error:
            raise self._explained(error, words) from error
        return self._with_value(found, words) if self._may_have_none else found

    def _checked(self, positional: tuple, arrays: dict[str, Any], kind: tuple | None) -> dict[str, Any]:
        """Return the arguments of the plain function; note under ``kind`` where they are those given."""
        if positional:
            raise ArgumentError(
                f"{self.program.name} takes its arguments by name", hint=f"write {self._usage()}"
            )
        if arrays.keys() != self._codes.keys():
            self._refuse_names(arrays)
        given = without_tables({n: value for n, value in arrays.items() if n in self._shapes}, self._shapes)
        values = self._library.arrays(given)
        sizes = {size: self._size(size, arrays[size]) for size in self.program.sizes}
        shapes = {a.name: self._shape(a, tuple(values[a.name].shape)) for a in self.program.arguments}
        for argument in self.program.arguments:
            self._bind(argument, shapes[argument.name], sizes)
        self._check_places(shapes, sizes)
        for argument in self.program.arguments:
            self._check_sizes(argument, shapes[argument.name], sizes)
            if argument.is_scalar and values[argument.name].shape != ():
                values[argument.name] = self._library.reshape(values[argument.name], ())
        self._check_exponents(values)
        if kind is not None and self._remembers:
            self._remember(kind, arrays, values)
        words = {self._codes[name]: value for name, value in values.items()}
        words.update({size: sizes[size] for size in self.program.sizes})
        return words

    def _remember(self, kind: tuple, arrays: dict[str, Any], values: dict[str, Any]) -> None:
        """Note that arguments of a kind fit as they are, plain numbers once they are of the dtype of the others."""
        numbers = [name for name, value in arrays.items() if value.__class__ in (float, int)]
        if all(values[name] is arrays[name] for name in arrays if name not in numbers):
            if len(self._fitting) >= _MOST_KINDS:
                self._fitting.clear()
            self._fitting[kind] = tuple((name, self._library.converter(values[name])) for name in numbers)

    def _explained(self, error: Exception, words: dict[str, Any]) -> Exception:
        """Return the error to raise for one that the plain function ended with: itself where it is no user's fault."""
        if isinstance(error, self._library.singular):
            said = re.sub(r"^\{\{.*?\}\} *| *\[Op:.*", "", str(error).splitlines()[0])
            return DomainError(
                f"{self.program.name} has no value here: {said or 'a matrix is singular'}",
                hint="a matrix is singular, or declared pd and not positive definite",
            )
        if not isinstance(error, (TypeError, RuntimeError, AttributeError, *self._lacking)):
            return error
        if self.target == "array-api":
            return ArgumentError(
                f"{self._library.xp.__name__} has not all that {self.program.name} needs: {str(error).splitlines()[0]}",
                hint="take another target, or convert the arrays",
            )
        found = [v.dtype for v in words.values() if hasattr(v, "dtype")]
        dtypes = [getattr(dtype, "name", str(dtype)).removeprefix("torch.") for dtype in found]
        dtype = dtypes[0] if dtypes else "float64"
        if dtype in ("float32", "float64"):
            return error
        return ArgumentError(
            f"{self.target} has not all that {self.program.name} needs in {dtype}", hint="give float32 or float64"
        )

    def _with_value(self, found: Any, words: dict[str, Any]) -> Any:
        """Return the results, of functions that say by NaN where they are not determined; raises DomainError there."""
        results = found if isinstance(found, tuple) else (found,)
        if self.target != "jax" and any(map(_has_nan, results)) and not any(map(_has_nan, words.values())):
            names = " or ".join(self.program.undetermined)
            if not names:
                raise DomainError(
                    f"{self.program.name} has no value here: a matrix has no Cholesky factor",
                    hint="a matrix is singular, or declared pd and not positive definite",
                )
            raise DomainError(
                f"{self.program.name} has no value here: {names} is not determined, since eigenvalues or singular "
                "values meet, vanish or are negative",
                hint="the derivative exists only where they do not; take another point",
            )
        return found

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
        if name in self.program.indices:
            if isinstance(value, bool) or not isinstance(value, Integral) or value < 0:
                hint = "an index is a whole number from 0"
                raise ArgumentError(f"the index {name} is {shown_value(value)}", hint=hint)
        elif isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
            raise ArgumentError(f"the size {name} is {shown_value(value)}", hint="a size is a positive integer")
        return int(value)

    @staticmethod
    def _shape(argument, shape):
        """Return the (rows, columns) of an array of this shape; the code takes vectors as they are."""
        expected = shown_shape(argument.axes)
        if argument.stack:
            if len(shape) != 3 or 0 in shape:
                message = f"{argument.name} is a stack of matrices, {expected}, and the array given is {_shown(shape)}"
                raise ShapeError(message, hint=f"give {argument.name} as an array of {expected}")
            return shape
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
        for size, given in zip(argument.axes, shape):
            known = given == given  # dask does not know how many rows are left of a selection, and says NaN
            if known and isinstance(size, Symbol) and sizes.setdefault(size.name, given) != given:
                raise self._unfit(argument, shape, f"{size} = {sizes[size.name]}")

    def _check_places(self, shapes: dict, sizes: dict[str, int]) -> None:
        """Find the sizes that sums such as n + 1 show, and raise ShapeError where an index is outside of its array."""
        pairs = [(s, given) for a in self.program.arguments for s, given in zip(a.axes, shapes[a.name])]
        sums = [(str(size), int(given)) for size, given in pairs if size.args and given == given]
        if sums:
            bound_sizes(sums, sizes)
        for text in self.program.needed:
            if all(name in sizes for name in free_sizes([text])) and whole_number(size_tree(text), sizes) < 0:
                raise ShapeError(
                    f"an index or a slice is outside of its array: {text} is below 0", hint="indices count from 0"
                )

    def _check_sizes(self, argument: Argument, shape: tuple[int | Expr, int | Expr], sizes: dict[str, int]) -> None:
        """Raise ShapeError where sizes that are numbers or products are not those of the array."""
        if any(given != given for given in shape):
            return
        expected = tuple(_whole(size, sizes) for size in argument.axes)
        if expected != tuple(shape):
            raise self._unfit(argument, shape, f"here {'×'.join(map(str, expected))}")

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
        expected = shown_shape(argument.axes)
        return ShapeError(
            f"{argument.name} is {_shown(shape)}, but its shape is {expected} ({known})",
            hint=f"give {argument.name} as an array of {expected}",
        )

    def __repr__(self) -> str:
        return f"<generated {self.target} function {self._usage()}>"


def _kind_function(arguments: tuple[Argument, ...]) -> Callable[..., tuple]:
    """Return a function of the arguments that gives what the checks look at: types, shapes and dtypes.

    It is made for the names at hand, since a loop over them takes longer than many a small gradient.
    """
    parts = [
        f"{a.code}.__class__, getattr({a.code}, 'shape', None), getattr({a.code}, 'dtype', None)"
        if a.is_scalar
        else f"{a.code}.__class__, {a.code}.shape, {a.code}.dtype"
        for a in arguments
    ]
    names = ", ".join(a.code for a in arguments)
    return eval(f"lambda {names}: ({', '.join(parts)}{',' if parts else ''})")  # noqa: S307 (made of checked names)


def _has_nan(array: Any) -> bool:
    """Whether an array is complex or has an entry that is NaN; False where that cannot be asked, as in a trace."""
    try:
        if getattr(array.dtype, "kind", "f") == "c":
            return True
        if not hasattr(array, "any") and hasattr(array, "numpy"):  # a tensor of TensorFlow, outside of its traces
            array = array.numpy()
        return bool((array != array).any() if hasattr(array, "any") else array != array)
    except (RuntimeError, TypeError, ValueError, AttributeError):
        return False


def _on_the_host(array: Any) -> Any:
    """Return an array of any library as one that NumPy takes, a table and what is no array as they are."""
    if is_table(array):
        return array
    if hasattr(array, "detach"):
        return array.detach().cpu().numpy()
    if not hasattr(array, "__array__"):
        return array
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
