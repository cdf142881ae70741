"""A check that generated code carries along: its derivatives against autodiff, at a point that is written out."""

from __future__ import annotations

import textwrap

from ..algebra.expressions import is_array
from ..checks.problem import Problem, informative_point
from ..errors import ArgumentError
from ..evaluation.evaluate import own_torch_state
from ..language.syntax import Call, parse_tree, postorder
from .program import Result, make_program

# differences of values lose about half of the digits, of twice differenced ones two thirds
_TOLERANCES = {"torch": 1e-7, "jax": 1e-7, "numpy": 1e-4, "array-api": 1e-4}
_ALONE = "value_alone"

_DIFFERENCES = '''
def central_differences(function, x, step=1e-4):
    """x: an array -> the derivatives of function by its entries, in the axes that follow those of the value."""
    columns = []
    for place in range(x.size):
        change = numpy.zeros(x.size)
        change[place] = step
        change = change.reshape(x.shape)
        columns.append((numpy.asarray(function(x + change)) - numpy.asarray(function(x - change))) / (2 * step))
    return numpy.stack(columns, -1).reshape(columns[0].shape + x.shape)
'''


def with_check(request, program):
    """Return the source of a program with a check, run where the text is run as a program.

    Raises ArgumentError for a structure convention other than free, and where no point is found at which the
    derivative can be checked.
    """
    derivative = request.first
    if derivative.structure != "free":
        raise ArgumentError("a check by autodiff is of free entries", hint="leave --with-check or --structure out")
    for name in (program.name, *(a.code for a in program.arguments)):
        if name == _ALONE or name == program.name == "central_differences":
            raise ArgumentError(f"the check calls something else '{name}'", hint="take another name")
    target = program.target
    elaborated = derivative.elaborated
    if target.name in ("numpy", "array-api"):
        _refuse_symmetric(derivative)
    arguments = [(a.name, a.shape, a.facts) for a in program.arguments]
    value = Result("value", elaborated.expression, f"f = {derivative.text}")
    names = {name for name, _, _ in request.directions}
    alone = make_program(
        "The value, for the check", [value], [a for a in arguments if a[0] not in names], derivative.book,
        target, _ALONE, {"stable"},
    )
    lines = _check_lines(request, program, _point(derivative, request))
    imports, functions = _parts(program.source, alone.source, {"import numpy"})
    if target.name in ("numpy", "array-api"):
        functions.append(_DIFFERENCES.strip())
    main = "if __name__ == \"__main__\":\n" + textwrap.indent("\n".join(lines), "    ")
    return "\n".join(imports) + "\n\n\n" + "\n\n\n".join([*functions, main]) + "\n"


def _refuse_symmetric(derivative):
    """Raise where differences would move single entries of a matrix of which a function reads one triangle."""
    for node in postorder(derivative.elaborated.tree):
        if isinstance(node, Call) and derivative.book.lookup(node)[0].requires:
            raise ArgumentError(
                f"{node.function} reads one half of a symmetric matrix, so differences by single entries say nothing",
                hint="write the check for --target torch or jax, or leave --with-check out",
            )


def _parts(source, other, imports):
    """Return (the imports of both sources, their functions, each once)."""
    heads, bodies = zip(*[text.split("\n\n\n", 1) for text in (source, other)])
    imports = {*imports, *[line for head in heads for line in head.splitlines()]}
    functions = [part.strip() for body in bodies for part in body.split("\n\n\n")]
    return sorted(imports, key=lambda text: (text.startswith("from"), text)), list(dict.fromkeys(functions))


@own_torch_state()
def _point(derivative, request):
    """Return a point (arrays, sizes) at which the derivative exists; directions are drawn, too."""
    first = derivative.of_order(1)
    problem = Problem(first.query, parse_tree(str(first)))
    sampler = problem.sampler(0)
    point = informative_point(problem, sampler, set())
    if point is None:
        raise ArgumentError(f"no point for the check: {sampler.reason}", hint="leave --with-check out")
    arrays = {name: array.tolist() for name, array in point.arrays.items()}
    known = point.sizes
    for name, (rows, cols), _ in request.directions:
        shape = [int(size.xreplace({s: known[s.name] for s in size.free_symbols})) for size in (rows, cols)]
        arrays[name] = [[round(0.3 + 0.7 * i - 0.4 * j, 3) for j in range(shape[1])] for i in range(shape[0])]
    return arrays, known


def _check_lines(request, program, point):
    arrays, sizes = point
    target = program.target.name
    make = {"numpy": "numpy.array({})", "array-api": "numpy.array({})", "jax": "jnp.array({})",
            "torch": "torch.tensor({}, dtype=torch.float64)"}[target]
    lines = ["jax.config.update('jax_enable_x64', True)"] if target == "jax" else []
    words = []
    for argument in program.arguments:
        value = arrays[argument.name]
        words.append(f"    '{argument.code}': {make.format(value[0][0] if argument.is_scalar else value)},")
    words += [f"    '{size}': {sizes[size]}," for size in program.sizes]
    lines += ["given = {", *words, "}", f"found = {program.name}(**given)"]
    if len(program.results) == 1:
        lines.append("found = (found,)")
    directions = {name for name, _, _ in request.directions}
    along = [a.code for a in program.arguments if a.name in directions]
    without = f"{{name: given[name] for name in given if name not in {along}}}" if along else "given"
    lines += [f"point = {without}", "expected = []", *_expected(request, program)]
    tolerance = _TOLERANCES[target]
    return [
        *lines,
        "errors = []",
        "for ours, theirs in zip(found, expected):",
        "    ours, theirs = numpy.asarray(ours), numpy.asarray(theirs)",
        "    assert ours.shape == theirs.shape, f'{ours.shape} is not {theirs.shape}'",
        "    errors.append(numpy.abs(ours - theirs).max() / max(numpy.abs(theirs).max(), 1e-9))",
        f"assert max(errors) < {tolerance}, f'not the derivative: relative error {{max(errors):.2g}}'",
        f"print(f'{_against(target)} agree: largest relative error {{max(errors):.2g}}')",
    ]


def _against(target):
    return {"torch": "torch.func", "jax": "jax.jacfwd"}.get(target, "central differences")


def _expected(request, program):
    """Return the statements that append what autodiff finds for every result."""
    lines = []
    code = {a.name: a.code for a in program.arguments}
    if 0 in request.orders or request.product and len(program.results) > len(request.derivatives):
        lines.append(f"expected.append({_ALONE}(**point))")
    directions = iter(request.directions)
    for order in [o for o in request.orders if o] + ([request.product] if request.product else []):
        for derivative in request.derivatives:
            name = code[derivative.wrt]
            lines.append(f"value_at = lambda at: {_ALONE}(**{{**point, '{name}': at}})")
            times = 2 if order in (2, "hvp") else 1
            found = _differentiated(program.target.name, times, f"given['{name}']")
            lines.append(f"there = numpy.asarray({found})")
            if request.product:
                lines.append(f"expected.append({_directed(request, next(directions), code)})")
            else:
                lines.append(f"expected.append({_arranged(derivative, order)})")
    return lines


def _differentiated(target, times, name):
    if target == "torch":
        function = "torch.func.jacrev(value_at)" if times == 1 else "torch.func.jacfwd(torch.func.jacrev(value_at))"
    elif target == "jax":
        function = "jax.jacfwd(value_at)" if times == 1 else "jax.jacfwd(jax.jacrev(value_at))"
    elif times == 1:
        return f"central_differences(value_at, {name})"
    else:
        return f"central_differences(lambda at: central_differences(value_at, at, 1e-3), {name}, 1e-3)"
    return f"{function}({name})"


def _directed(request, direction, code):
    name = f"given['{code[direction[0]]}']"
    if request.product == "vjp":
        return f"numpy.tensordot({name}, there, {name}.ndim)"
    return f"numpy.tensordot(there, {name}, {name}.ndim)"


def _arranged(derivative, order):
    """Return the text that arranges what autodiff finds to the layout of a derivative, taken in another order."""
    elaborated = derivative.elaborated
    array, by_array = is_array(elaborated.expression), is_array(elaborated.symbols[derivative.wrt])
    # said here once more, and not asked of the engine: a check shares nothing with what it checks
    turned = derivative.layout == ("denom" if array else "num")
    if by_array and (array or order == 2):
        text = "there.transpose(1, 0, 3, 2).reshape(there.shape[0] * there.shape[1], -1)"
        return f"{text}.T" if array and turned else text
    return "there.T" if turned and (array or by_array) else "there"
