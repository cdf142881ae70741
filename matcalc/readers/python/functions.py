"""The table of library functions: which entry a name in a text means, and which argument is which parameter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from ...errors import ArgumentError
from ...language.syntax import Name
from .parser import ExpressionParser
from .table import LAYERS, REFUSED, TABLE
from .tokens import python_tokens

_HINT = "docs/other-syntaxes.md lists what is read"
_EVERYWHERE = ("numpy.", "torch.", "tf.", "math.", ".")
_CLEAR = frozenset("np numpy jnp torch tf tensorflow jax scipy math optax itertools".split())
# names of modules in code, and those of libraries with the same functions under the same names
MODULES = {
    "np": "numpy",
    "numpy": "numpy",
    "jnp": "numpy",
    "cp": "numpy",
    "torch": "torch",
    "tf": "tf",
    "tensorflow": "tf",
    "jax": "jax",
    "scipy": "scipy",
    "sp": "scipy",
    "math": "math",
    "optax": "optax",
    "itertools": "itertools",
    "F": "F",
    "nn": "torch.nn",
    "LA": "numpy.linalg",
    "linalg": "numpy.linalg",
    "special": "scipy.special",
}
_SAME = (
    ("jax.numpy", "numpy"),
    ("autograd.numpy", "numpy"),
    ("cupy", "numpy"),
    ("jax.scipy", "scipy"),
    ("torch.special", "scipy.special"),
    ("torch.nn.functional", "F"),
    ("tensorflow", "tf"),
    ("tf.math", "tf"),
    ("torch.Tensor", ""),
    ("numpy.ndarray", ""),
)
# what a keyword is called elsewhere
_SYNONYMS = {
    "dim": "axis",
    "dims": "axes",
    "keepdim": "keepdims",
    "keep_dims": "keepdims",
    "p": "ord",
    "ord": "p",
    "min": "low",
    "a_min": "low",
    "clip_value_min": "low",
    "max": "high",
    "a_max": "high",
    "clip_value_max": "high",
    "correction": "ddof",
    "exponent": "p",
    "alpha": "negative_slope",
    "weight": "W",
    "bias": "b",
    "N": "n",
    "arrays": "factors",
    "tensors": "factors",
}
_FIRST = frozenset(
    "input a x x1 X A self tensor input_tensor logits arr m v mat1 matrix object data tensors arrays tup values".split()
)
_SECOND = frozenset("other b y x2 Y B vec2 vec mat2 target rhs vector".split())
_IGNORED = frozenset("dtype device requires_grad name copy precision preferred_element_type memory_format".split())


@dataclass(frozen=True)
class Entry:
    """A function of the libraries: its names, its parameters with defaults (as trees), and what it means, a tree."""

    names: tuple
    params: tuple
    rest: str | None
    text: str
    meaning: Any


@cache
def entries() -> tuple[Entry, ...]:
    """Return the entries of the table, in its order."""
    return tuple(_entry(line) for line in _lines() if not line.startswith("#"))


def _lines() -> list[str]:
    return [line for line in re.sub(r"\\\n\s*", "", TABLE).splitlines() if line.strip()]


def sections() -> list[tuple[str, list[Entry]]]:
    """Return the entries under the headings of the table."""
    found, left = [], list(entries())
    for line in _lines():
        if line.startswith("#"):
            found.append((line[2:], []))
        else:
            found[-1][1].append(left.pop(0))
    return found


def _entry(line: str) -> Entry:
    names, params, meaning = (part.strip() for part in line.split("|"))
    expanded = [full for name in names.split() for full in _expanded(name)]
    plain, _, rest = params.partition("*")
    call = f"f({plain})"
    tree = ExpressionParser(call, python_tokens(call)).parse()
    pairs = [(arg.id, None) for arg in tree.args if isinstance(arg, Name)] + list(tree.keywords)
    body = ExpressionParser(meaning, python_tokens(meaning)).parse()
    return Entry(tuple(expanded), tuple(pairs), rest or None, meaning, body)


def _expanded(name: str) -> list[str]:
    return [prefix + name[2:] for prefix in _EVERYWHERE] if name.startswith("E:") else [name]


@cache
def _by_name() -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for entry in entries():
        for name in entry.names:
            found.setdefault(name, entry)
    return found


@cache
def _by_last_word() -> dict[str, tuple[tuple[str, Entry], ...]]:
    found: dict[str, tuple] = {}
    for entry in entries():
        for name in entry.names:
            word = name.rpartition(".")[2]
            found[word] = (*found.get(word, ()), (name, entry))
    return found


def full_name(dotted: str) -> str:
    """Return the name under which the table has a function: jax.numpy.sum is numpy.sum."""
    for start, same in _SAME:
        if dotted == start or dotted.startswith(start + "."):
            dotted = same + dotted[len(start) :]
    return dotted


def is_module(name: str, attribute: str) -> bool:
    """Return whether a name before a dot is a module: F is one in F.softmax, and a matrix in F.T."""
    if name in _CLEAR:
        return True
    dotted = f"{MODULES[name]}.{attribute}" if name in MODULES else ""
    return bool(dotted) and (function(dotted) is not None or attribute in LAYERS or attribute in REFUSED)


def function(dotted: str) -> Entry | None:
    """Return the entry of a function with its module, None where the table has none."""
    return _by_name().get(full_name(dotted))


def method(name: str, torch: bool | None) -> Entry | None:
    """Return the entry of a method; ``torch``: whether the arrays are torch's, None where nothing says so."""
    own = _by_name().get(f"torch:.{name}")
    plain = _by_name().get(f".{name}")
    return own or plain if torch else plain or own


def bare(name: str, torch: bool | None) -> Entry | None:
    """Return the entry of a function without a module, from the library that the text uses."""
    found = _by_name().get(name)
    if found is not None and (not torch or f"torch:{name}" in _by_name()):
        return found
    choices = [pair for pair in _by_last_word().get(name, ()) if not pair[0].startswith((".", "torch:"))]
    if torch:
        choices.sort(key=lambda pair: not pair[0].startswith(("torch.", "F.")))
    return choices[0][1] if choices else found


def bound(entry: Entry, args: list, keywords: list) -> dict:
    """Return {parameter: value} of a call; those left out are missing. Raises ArgumentError with the reason."""
    names, values = [name for name, _ in entry.params], {}
    for name, value in zip(names, args):
        values[name] = value
    if len(args) > len(names):
        if entry.rest is None:
            raise ArgumentError(f"takes at most {len(names)} argument{'s' if len(names) > 1 else ''}", hint=_HINT)
        values[entry.rest] = args[len(names) :]
    for word, value in keywords:
        name = _parameter(word, names, values, entry)
        if name is not None:
            if name in values:
                raise ArgumentError(f"gets '{word}' twice", hint=_HINT)
            values[name] = value
    missing = [name for name, default in entry.params if default is None and name not in values]
    if missing:
        raise ArgumentError(f"needs {missing[0]}", hint=_HINT)
    return values


def _parameter(word: str, names: list, values: dict, entry: Entry) -> str | None:
    if word in names or word == entry.rest:
        return word
    if entry.rest == "shape" and word in ("size", "newshape") or entry.rest == "axes" and word in ("dims", "perm"):
        return entry.rest
    for known, place in ((_FIRST, 0), (_SECOND, 1)):
        if word in known and place < len(names) and names[place] not in values:
            return names[place]
    if _SYNONYMS.get(word) in names:
        return _SYNONYMS[word]
    if word in _IGNORED:
        return None
    raise ArgumentError(f"is not read with '{word}'", hint=_HINT)

