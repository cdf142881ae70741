"""The numeric value of a surface tree, by torch, with nothing of the symbolic engine.

Values are float64, of complex names complex128. The check rests on this: it knows the language's operators, and every
function through the torch line of its rule. Every value is a tensor of two dimensions; a scalar is 1×1, so that torch's
own broadcasting gives a 1×1 result its second life as a scalar. All walks are iterative.
"""

from __future__ import annotations

import math
import threading
from contextlib import contextmanager, nullcontext

import torch

from ..budget import spend
from ..errors import DomainError, RuleFileError, UnknownNameError
from ..language.generators import Over
from ..language.nodes import IMAGINARY
from ..language.syntax import Binary, Name, Negate, Number, String, Transpose, outside_sums, postorder
from .complexes import TYPES, of_one_type, real_parts
from .fitting import broadcast_shape, choose_rule, product_shape, work
from .lines import compile_line
from .loops import runs

_CONSTANTS = {"pi": math.pi, "inf": math.inf}
_settings_lock = threading.Lock()
_settings_users: list = []
_FAULTS = (RuntimeError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError)


@contextmanager
def own_torch_state():
    """Let torch differentiate, in double precision, on the CPU and in one thread, whatever its user has set.

    For small arrays waking other threads takes longer than the work. torch is left as it was found; its number of
    threads and its default dtype belong to the process, so the last of several checks that run at once puts them back.
    """
    # a device as a context slows every call: entered only where another one is in force
    device = nullcontext() if torch.get_default_device().type == "cpu" else torch.device("cpu")
    with _processwide_settings(), torch.inference_mode(False), torch.enable_grad(), device:
        yield


@contextmanager
def _processwide_settings():
    with _settings_lock:
        if not _settings_users:
            _settings_users.append((torch.get_num_threads(), torch.get_default_dtype()))
            torch.set_num_threads(1)
            torch.set_default_dtype(torch.float64)
        _settings_users.append(None)
    try:
        yield
    finally:
        with _settings_lock:
            _settings_users.pop()
            if len(_settings_users) == 1:
                threads, dtype = _settings_users.pop()
                torch.set_num_threads(threads)
                torch.set_default_dtype(dtype)


# -- values -------------------------------------------------------------------------------------------------


def evaluate(tree, arrays, sizes, book):
    """Return the value of a surface tree, a float64 tensor of two dimensions.

    ``arrays`` maps names to tensors of two dimensions, ``sizes`` names of sizes to ints. Raises ShapeError,
    UnknownNameError, and DomainError where a function has no value there (a singular matrix).
    """
    return node_values(tree, arrays, sizes, book)[id(tree)]


def node_values(tree, arrays, sizes, book, known=None):
    """Return the values of all nodes by ``id``; ``known`` holds those that are not to be computed."""
    values = dict(known or {})
    for node in postorder(tree, outside_sums):
        if id(node) not in values:
            spend(5)
            values[id(node)] = _value(node, values, arrays, sizes, book)
    return values


def _over(node, arrays, sizes, book):
    """Return the value of a sum over an index, term by term."""
    terms = [evaluate(node.body, arrays, own, book) for own in runs(node, sizes)]
    if not terms:
        shapes = {name: tuple(array.shape) for name, array in arrays.items()}
        _, shape = work(node.body, shapes, {**sizes, **dict.fromkeys(node.indices, 0)}, book, False)
        return torch.full(shape, 1.0 if node.function == "prod" else 0.0, dtype=torch.float64)
    stacked = torch.stack(torch.broadcast_tensors(*terms))
    if node.function in ("max", "min"):
        return getattr(stacked, f"a{node.function}")(0)
    return getattr(stacked, node.function)(0)


def _value(node, values, arrays, sizes, book):
    if isinstance(node, Number):
        return _number(node.value)
    if isinstance(node, String):
        return None
    if isinstance(node, Over):
        return _over(node, arrays, sizes, book)
    if isinstance(node, Name):
        return _name(node, arrays, sizes)
    if isinstance(node, Negate):
        return -values[id(node.operand)]
    if isinstance(node, Transpose):
        return values[id(node.operand)].mT
    if isinstance(node, Binary):
        return _binary(node, values[id(node.left)], values[id(node.right)])
    return _call(node, [values[id(arg)] for arg in node.args], sizes, book)


def _number(value):
    try:
        return _scalar(float(value))
    except OverflowError:
        return _scalar(math.inf if value > 0 else -math.inf)


def _scalar(number):
    return torch.full((1, 1), number, dtype=torch.float64)


def _name(node, arrays, sizes):
    if node.id in arrays:
        return arrays[node.id]
    if node.id in sizes:
        return _scalar(float(sizes[node.id]))
    if node.id == IMAGINARY:
        return torch.full((1, 1), 1j, dtype=torch.complex128)
    if node.id in _CONSTANTS:
        return _scalar(_CONSTANTS[node.id])
    raise UnknownNameError(f"'{node.id}' has no value", span=node.span, hint=f"give one for {node.id}")


def _binary(node, left, right):
    if node.op == "@":
        product_shape(node, left.shape, right.shape)
        return torch.matmul(*of_one_type(left, right))
    broadcast_shape(node, left.shape, right.shape)
    if node.op == "+":
        return left + right
    if node.op == "-":
        return left - right
    if node.op == "*":
        return left * right
    return left / right if node.op == "/" else left**right


def _einsum(node, values):
    """Return the value of einsum, whose operands of one letter are columns."""
    letters = node.args[0].value
    words = letters.replace(" ", "").partition("->")[0].split(",")
    given = [value.reshape(value.shape[: len(word)]) for word, value in zip(words, values[1:])]
    found = torch.einsum(letters, *given)
    return found.reshape((*found.shape, *[1] * (2 - found.ndim)))


def _call(node, values, sizes, book):
    if node.function == "einsum":
        return _einsum(node, values)
    shapes = [None if value is None else tuple(value.shape) for value in values]
    rule, (fitted, shape) = choose_rule(node, shapes, sizes, book)
    given = {
        parameter.name: fitted[parameter.name] if parameter.is_whole else value
        for parameter, value in zip(rule.params, values)
    }
    return apply_rule(rule, given, fitted, shape)


def apply_rule(rule, arguments, sizes, shape):
    """Return the value of a rule's torch line, of this shape.

    ``arguments`` maps its parameters to tensors of two dimensions or ints. Raises RuleFileError where the
    line is not allowed, fails or has another shape, DomainError where the matrix is singular.
    """
    values = {**sizes, **(of_complex_rule(rule, arguments) if _has_complex(arguments) else arguments)}
    try:
        result = compile_line(rule.torch, tuple(values))(values)
    except RuleFileError as error:
        raise RuleFileError(
            f"{rule.file}, line {rule.line}: {rule.id}: {error.message}",
            source=error.source,
            span=error.span,
            hint=error.hint,
        ) from error
    except torch.linalg.LinAlgError as error:
        raise DomainError(
            f"{rule.name} has no value here: the matrix is singular", hint="take another point"
        ) from error
    except _FAULTS as error:
        first = str(error).strip().partition("\n")[0]
        rule.fail(f"the torch line '{rule.torch}' fails: {first}")
    if not isinstance(result, torch.Tensor):
        rule.fail(f"the torch line '{rule.torch}' gives no tensor")
    if result.ndim == 0:
        result = result.reshape(1, 1)
    if tuple(result.shape) != tuple(shape):
        shown = "×".join(map(str, result.shape))
        rule.fail(
            f"the torch line '{rule.torch}' gives {shown}, but the signature {shape[0]}×{shape[1]}",
            hint="keep two dimensions: keepdim=True, or [:, None]",
        )
    return result if result.dtype in TYPES else result.to(torch.float64)


def _has_complex(arguments):
    return any(isinstance(a, torch.Tensor) and a.is_complex() for a in arguments.values())


def of_complex_rule(rule, arguments):
    """Return the arguments as a function takes them: all complex, or all real where it has no complex values."""
    named = {name: array for name, array in arguments.items() if isinstance(array, torch.Tensor)}
    if rule.complex:
        found = of_one_type(*named.values())
    else:
        found = [real_parts(array) for array in named.values()]
        if any(part is None for part in found):
            message = f"{rule.name} has no value here: it is of real numbers"
            raise DomainError(message, hint=f"write {rule.name}(real(X))")
    return {**arguments, **dict(zip(named, found))}
