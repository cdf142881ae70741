"""Restrictions under which a wrong formula is right: A symmetric, x with one entry, a square matrix, x positive.

Each is tested at points that are drawn to meet it, with torch's derivative there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

from ..errors import MatcalcError
from ..language.syntax import Name, Number
from ..language.unparse import unparse
from ..rulebook.entries import size_tree
from ..rulebook.facts import facts, facts_with, of_one_sign
from ..words import STRUCTURES
from ..words import TRANSPOSED_LAYOUTS as LAYOUTS
from .case import Finding
from .factors import rational
from .hypotheses import elementwise_message
from .samples import Ground
from .scale import Scale
from .trees import elementwise_edits, substituted
from .wording import derivative_shape, in_layout, possible_shapes, shape_text

_POINTS = 3
_MOST_NAMES = 6
# a restriction under which the derivative is zero says nothing of a formula
_NOT_ZERO = 1e-9


@dataclass(frozen=True)
class Restriction:
    """What must hold, in words, and how a ground is changed so that its points meet it."""

    text: str
    prepare: object


def holds_under(case, restriction, query=None):
    """Return the layout in which the formula is right at points that meet a restriction, or None."""
    if case.exhausted:
        return None
    ground = Ground(query or case.query, case.tree)
    restriction.prepare(ground)
    sampler, samples, layouts = ground.sampler(case.seed), [], case.targets
    for _ in range(_POINTS):
        try:
            sample = ground.draw(sampler, set())
        except (MatcalcError, RuntimeError):
            return None
        if sample is None:
            return None
        case.scale.spent += 2
        layouts = Scale(ground, [sample]).agreeing(case.tree, layouts)
        if not layouts:
            return None
        samples.append(sample)
    # three points may all lie on one side of a kink
    far = ground.far_samples(case.seed, case.tree) if ground.has_kinks(case.tree) else []
    for sample in far:
        layouts = Scale(ground, [sample]).agreeing(case.tree, layouts)
        if not layouts:
            return None
    return layouts[0] if any(float(s.truth.norm()) > _NOT_ZERO * s.scale for s in samples) else None


def first_that_holds(case, restrictions, start="your formula is right "):
    """Return the finding of the first restriction under which the formula is right, or None."""
    for restriction in restrictions:
        layout = holds_under(case, restriction)
        if layout:
            return Finding("symmetric only", start + restriction.text + in_layout(case, layout), layout)
    return None


def symmetric_only(case):
    """The formula is right if one or more square matrices are symmetric."""
    return first_that_holds(case, symmetries(case))


def symmetric_and_factor(case):
    """The formula is right if matrices are symmetric, but for a factor."""
    return _restricted_and_factor(case, symmetries(case))


def entries_and_factor(case):
    """The formula is right but for a factor, mostly its sign, if entries add up to 1 or a vector has length 1."""
    columns = [name for name, shape in case.ground.shapes.items() if shape[1] == "1" != shape[0]]
    return _restricted_and_factor(case, [of(name) for name in columns[:_MOST_NAMES] for of in (_total_1, _length_1)])


def _restricted_and_factor(case, restrictions):
    for restriction in restrictions:
        if case.exhausted:
            return None
        samples = _samples_under(case, restriction, Ground(case.query, case.tree))
        for layout in case.targets:
            number = samples and _common_factor(case, samples, layout)
            if number:
                message = f"a factor {unparse(Number(abs(number)))} is missing" if abs(number) != 1 else ""
                sign = "the sign is wrong" if number < 0 else ""
                said = " and ".join(filter(None, [sign, message]))
                text = f"{said}, and even so your formula is right only {restriction.text}"
                return Finding("symmetric only", text + in_layout(case, layout), layout)
    return None


def _samples_under(case, restriction, ground):
    """Return samples that meet a restriction, [] where there are none."""
    restriction.prepare(ground)
    sampler, samples = ground.sampler(case.seed), []
    for _ in range(_POINTS):
        try:
            sample = ground.draw(sampler, set())
        except (MatcalcError, RuntimeError):
            return []
        if sample is None:
            return []
        case.scale.spent += 2
        samples.append(sample)
    return samples


def _common_factor(case, samples, layout):
    """Return the rational number, not 1, by which the formula has to be multiplied at all samples, or None."""
    found = None
    for sample in samples:
        value, target = case.scale.value(case.tree, sample), sample.target(layout)
        if value is None or value.shape != target.shape or not float(value.norm()) or not float(target.norm()):
            return None
        ratio = rational(float((value * target).sum() / (value * value).sum()))
        if ratio is None or found not in (None, ratio) or case.scale.error(float(ratio) * value, target) > 1e-7:
            return None
        found = ratio
    return found if found != 1 else None


def symmetric_and_elementwise(case):
    """With a matrix product in the place of an elementwise one, the formula is right if matrices are symmetric."""
    restrictions = symmetries(case)[:_MOST_NAMES]
    for tree, old, new, needed in case.tried(elementwise_edits(case.tree, case.shapes)):
        edited = replace(case, tree=tree)
        for restriction in restrictions:
            layout = holds_under(edited, restriction)
            if layout:
                text = f"{elementwise_message(old, new, needed)}, and even so it is right only {restriction.text}"
                return Finding("elementwise", text + in_layout(case, layout), layout)
    return None


def symmetries(case):
    """Return the restrictions that matrices are symmetric: each, all, two."""
    free = square_names(case.ground)
    groups = [(name,) for name in free]
    groups += [tuple(free)] if len(free) > 1 else []
    groups += list(combinations(free, 2)) if len(free) > 2 else []
    return [declared(group, "symmetric", "symmetric") for group in groups]


def square_names(ground):
    """Return the names of square matrices of which no symmetry is declared."""
    known = facts_with(tied=True)
    found = [
        n for n, s in ground.shapes.items() if s[0] == s[1] != "1" and not ground.facts.get(n, frozenset()) & known
    ]
    return found[:_MOST_NAMES]


def declared(names, fact, words):
    """Return the restriction that a fact holds of some names."""

    def prepare(ground):
        for name in names:
            ground.facts[name] = ground.facts.get(name, frozenset()) | {fact}

    return Restriction(f"if {' and '.join(names)} {'is' if len(names) == 1 else 'are'} {words}", prepare)


def special_matrices(case):
    """The formula is right if a matrix is diagonal, orthogonal, skew, or if two commute."""
    names = square_names(case.ground)
    found = [declared((n,), word, shown) for word, shown in _SPECIAL for n in names]
    found += [_commuting(one, other) for one, other in combinations(names, 2) if _same_shape(case, one, other)]
    return first_that_holds(case, found)


def special_values(case):
    """The formula is right if a name other than the variable is 0, 1 or the identity matrix."""
    found = []
    for name, shape in list(case.ground.shapes.items())[:_MOST_NAMES]:
        if name == case.query.wrt:
            continue
        if shape == ("1", "1"):
            found += [_fixed(name, 0.0, "0"), _fixed(name, 1.0, "1")]
        else:
            words = "the identity matrix" if shape[0] == shape[1] else ""
            found += [_fixed(name, None, words)] if words else []
            found += [_fixed(name, 0.0, "zero"), *([] if words else [_fixed(name, 1.0, "all ones")])]
    return first_that_holds(case, found)


def _fixed(name, value, words):
    def fixed(array):
        zeros = array * 0
        return zeros.fill_diagonal_(1.0) if value is None else zeros + value

    return _scaled(name, fixed, f"if {name} is {words}")


_SPECIAL = (
    ("orthogonal", "orthogonal"),
    ("diagonal", "diagonal"),
    ("skew", "skew-symmetric"),
    ("projection", "a projection"),
)


def _same_shape(case, one, other):
    return case.ground.shapes[one] == case.ground.shapes[other]


def _commuting(one, other):
    def adjust(point):
        base = point.arrays[one]
        point.arrays[other] = 0.7 * base + 0.3 * base @ base

    def prepare(ground):
        ground.adjust = adjust

    return Restriction(f"if {one} and {other} commute", prepare)


# -- entries and sizes ---------------------------------------------------------------------------------------------


def special_entries(case):
    """The formula is right if entries are positive, add up to 1, or a vector has length 1."""
    found = []
    for name, shape in list(case.ground.shapes.items())[:_MOST_NAMES]:
        facts = case.ground.facts.get(name, frozenset())
        if not facts & of_one_sign() and not _is_square(shape):
            found += [declared((name,), word, word) for word in ("positive", "negative")]
        if shape != ("1", "1") and shape[1] == "1":
            found += [_length_1(name), _total_1(name)]
            found.append(_scaled(name, lambda a: a - a.mean(), f"if the entries of {name} add up to 0"))
    return first_that_holds(case, found)


def _is_square(shape):
    return shape[0] == shape[1] != "1"


def _length_1(name):
    return _scaled(name, lambda a: a / a.norm(), f"if {name} has length 1")


def _total_1(name):
    return _scaled(name, lambda a: a / a.sum(), f"if the entries of {name} add up to 1")


def _scaled(name, function, text):
    def adjust(point):
        point.arrays[name] = function(point.arrays[name])

    def prepare(ground):
        ground.adjust = adjust

    return Restriction(text, prepare)


def special_sizes(case):
    """The formula is right if a matrix is square, or if a size is 1."""
    sizes = sorted({s for shape in case.ground.shapes.values() for s in shape if s.isidentifier()})
    found = [_resized({other: one}, _square_text(case.ground, one, other)) for one, other in combinations(sizes, 2)]
    found += [_resized({size: "1"}, _one_text(case.ground, size)) for size in sizes]
    finding = first_that_holds(case, found)
    shape = case.symbolic_shape
    if finding is None or shape is None or shape in {derivative_shape(case.query, name) for name in LAYOUTS}:
        return finding
    shapes = f"your formula is {shape_text(shape)}, and the derivative is {possible_shapes(case.query, case.layouts)}"
    restriction = finding.message.replace("your formula is right", "it is right only", 1)
    return replace(finding, diagnosis="shape", message=f"{shapes}; {restriction}")


def _square_text(ground, one, other):
    rectangular = [name for name, shape in ground.shapes.items() if set(shape) == {one, other}]
    return f"if {rectangular[0]} is square ({one} = {other})" if rectangular else f"if {one} = {other}"


def _one_text(ground, size):
    columns = [name for name, shape in ground.shapes.items() if shape == (size, "1")]
    if columns:
        return f"if {columns[0]} has one entry ({size} = 1)"
    name, shape = next((n, s) for n, s in ground.shapes.items() if size in s)
    if shape == (size, size):
        return f"if {name} is 1×1 ({size} = 1)"
    return f"if {name} has one {'row' if shape[0] == size else 'column'} ({size} = 1)"


def _resized(changes, text):
    trees = {name: Number(int(new)) if new.isdigit() else Name(new) for name, new in changes.items()}

    def resize(size):
        return unparse(substituted(size_tree(size), trees))

    def adjust(point):
        for old, new in changes.items():
            point.sizes[old] = int(new) if new.isdigit() else point.sizes[new]

    def prepare(ground):
        ground.shapes = {name: tuple(map(resize, shape)) for name, shape in ground.shapes.items()}
        ground.sizes = {name: resize(size) for name, size in ground.sizes.items()}
        ground.adjust = adjust

    return Restriction(text, prepare)


# -- conventions for a variable of declared structure ---------------------------------------------------------------


def declared_structure(case):
    """The formula is right in another convention for a variable of a declared structure that has conventions."""
    declared = case.ground.facts.get(case.query.wrt, frozenset())
    words = [word for word, fact in facts().items() if word in declared and fact.convention]
    return _other_convention(case, words, True)


def free_parameters(case):
    """The formula is the derivative by the free parameters of a symmetric variable, which is not declared to be one."""
    facts = case.ground.facts.get(case.query.wrt, frozenset())
    return None if facts else _other_convention(case, ["symmetric"], False, ("parametrized",))


def undeclared_structure(case):
    """The formula is right for a symmetric, skew or diagonal variable, by a convention for its entries."""
    facts = case.ground.facts.get(case.query.wrt, frozenset())
    return None if facts else _other_convention(case, ["symmetric", "skew", "diagonal"], False)


def _other_convention(case, words, known, structures=STRUCTURES):
    name = case.query.wrt
    if not _is_square(case.ground.shapes[name]):
        return None
    for word in words:
        for structure in structures:
            if structure == case.query.structure or structure == "free" and not known:
                continue
            layout = holds_under(case, declared((name,), word, word), replace(case.query, structure=structure))
            if layout:
                return _structure_finding(case, layout, word, structure, known)
    return None


_CONVENTIONS = {
    "free": "for entries that vary independently (--structure free)",
    "projected": "projected on the {} matrices (--structure projected)",
    "parametrized": "by the free parameters of a {} matrix (--structure parametrized)",
}


def _structure_finding(case, layout, word, structure, known):
    name, convention = case.query.wrt, _CONVENTIONS[structure].format(word)
    if known:
        message = f"your formula is the derivative in another convention: {convention}"
        return Finding("other layout", message + in_layout(case, layout), layout)
    message = f'your formula is right if {name} is {word} (--assume "{name} {word}"): the derivative {convention}'
    return Finding("symmetric only", message + in_layout(case, layout), layout)
