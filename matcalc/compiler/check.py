"""A check that generated code carries along: its derivatives against autodiff, at a point that is written out."""

from __future__ import annotations

import textwrap
from dataclasses import replace

from ..algebra.expressions import is_array
from ..checks.problem import Problem, informative_point
from ..errors import ArgumentError
from ..evaluation.evaluate import own_torch_state
from ..language.syntax import Call, postorder
from .program import Result, make_program

# differences of values lose about half of the digits, of twice differenced ones two thirds
_TOLERANCES = {"torch": 1e-7, "jax": 1e-7, "tensorflow": 1e-7, "numpy": 1e-4, "array-api": 1e-4}
_DIFFERENTIATES = ("torch", "jax", "tensorflow")
# whose derivatives of a matrix that is read by one half are by the entries of that half
_BY_HALVES = ("numpy", "array-api", "tensorflow")
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
_TAPE = '''
def taped_jacobian(function, x):
    """x: a tensor -> the derivatives of function by its entries, in the axes that follow those of the value."""
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        value = function(x)
    return tape.jacobian(value, x, unconnected_gradients="zero", experimental_use_pfor=False)
'''
_FUNCTIONS = {"numpy": _DIFFERENCES, "array-api": _DIFFERENCES, "tensorflow": _TAPE}
_FUNCTION_NAMES = ("central_differences", "taped_jacobian")


def with_check(request, program):
    """Return the source of a program with a check, run where the text is run as a program.

    Raises ArgumentError for a structure convention other than free, and where no point is found at which the
    derivative can be checked.
    """
    derivative = request.first
    if program.target.language != "python":
        raise ArgumentError(
            f"no check is written for {program.target.name}",
            hint="leave --with-check out; matcalc diff checks the formula",
        )
    if derivative.elaborated.stacks:
        message = "a check is not written for code with stacks of matrices"
        raise ArgumentError(message, hint="leave --with-check out; compile(…).check() compares the code")
    if max((0, *request.orders)) > 2 and program.target.name not in _DIFFERENTIATES:
        raise ArgumentError(
            "differences say nothing of third derivatives",
            hint="write the check for --target torch or jax, or leave --with-check out",
        )
    if derivative.structure != "free":
        raise ArgumentError("a check by autodiff is of free entries", hint="leave --with-check or --structure out")
    for name in (program.name, *(a.code for a in program.arguments)):
        if name == _ALONE or name == program.name and name in _FUNCTION_NAMES:
            raise ArgumentError(f"the check calls something else '{name}'", hint="take another name")
    target = program.target
    elaborated = derivative.elaborated
    if target.name in _BY_HALVES:
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
    if target.name in _FUNCTIONS:
        functions.append(_FUNCTIONS[target.name].strip())
    main = "if __name__ == \"__main__\":\n" + textwrap.indent("\n".join(lines), "    ")
    return "\n".join(imports) + "\n\n\n" + "\n\n\n".join([*functions, main]) + "\n"


def _refuse_symmetric(derivative):
    """Raise where differences would move single entries of a matrix of which a function reads one triangle."""
    for node in postorder(derivative.elaborated.tree):
        if isinstance(node, Call) and derivative.book.lookup(node)[0].requires:
            raise ArgumentError(
                f"{node.function} reads one half of a symmetric matrix, so derivatives by single entries say nothing",
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
    problem = Problem(first.query, first.read_back())
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
            "torch": "torch.tensor({}, dtype=torch.float64)", "tensorflow": "tf.constant({}, dtype=tf.float64)"}[target]
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
    tolerance = _TOLERANCES[target] * (10 if request.whole and target not in _DIFFERENTIATES else 1)
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
    names = {"torch": "torch.func", "jax": "jax.jacfwd", "tensorflow": "tf.GradientTape"}
    return names.get(target, "central differences")


def _expected(request, program):
    """Return the statements that append what autodiff finds for every result."""
    lines = []
    code = {a.name: a.code for a in program.arguments}
    if 0 in request.orders or request.product and len(program.results) > len(request.derivatives):
        lines.append(f"expected.append({_ALONE}(**point))")
    directions = iter(request.directions)
    for order in [o for o in request.orders if o]:
        known = set()
        for derivative in request.derivatives:
            asked = derivative.query
            along = asked.along if order == asked.order else ()
            query = replace(asked, order=order, also=asked.also[: order - 1], along=along)
            if query.by not in known:
                known.add(query.by)
                lines.append(f"there = {_differentiated(program.target.name, query.by, code)}")
                lines += [f"there = numpy.tensordot(there, given['{code[u]}'], given['{code[u]}'].ndim)"
                          for u in reversed(query.along)]
                lines.append(f"expected.append({_arranged(derivative, query)})")
    for derivative in request.derivatives if request.product else ():
        if not request.whole:
            by = (derivative.wrt, derivative.by[-1]) if request.product == "hvp" else (derivative.wrt,)
            lines.append(f"there = {_differentiated(program.target.name, by, code)}")
            lines.append(f"expected.append({_directed(request, next(directions)[0], code)})")
            continue
        lines.append("expected.append(0.0)")
        for other in request.derivatives:
            lines.append(f"there = {_differentiated(program.target.name, (derivative.wrt, other.wrt), code)}")
            lines.append(f"expected[-1] = expected[-1] + {_directed(request, request.moved[other.wrt], code)}")
    return lines


def _differentiated(target, by, code):
    """Return the text of the derivative by names in turn, with the axes of each after those of the value."""
    names = [code[name] for name in dict.fromkeys(by)]
    moved = {name: f"{name}_" for name in names}
    text = f"{_ALONE}(**{{**point, {', '.join(f'{name!r}: {moved[name]}' for name in names)}}})"
    for number, name in enumerate(code[name] for name in by):
        at, function = moved[name], {"torch": "torch.func.jac{}", "jax": "jax.jac{}"}.get(target)
        if target == "tensorflow":
            text = f"taped_jacobian(lambda {at}: {text}, {at})"
        elif function is None:
            step = ", 1e-3" if len(by) > 1 else ""
            text = f"central_differences(lambda {at}: {text}, {at}{step})"
        else:
            # of order 3 forward mode over reverse mode is wrong in torch 2.13 for determinants and solves
            text = f"{function.format('fwd' if number and len(by) == 2 else 'rev')}(lambda {at}: {text})({at})"
    given = ", ".join(f"given['{name}']" for name in names)
    return f"numpy.asarray((lambda {', '.join(moved.values())}: {text})({given}))"


def _directed(request, direction, code):
    name = f"given['{code[direction]}']"
    if request.product == "vjp":
        return f"numpy.tensordot({name}, there, {name}.ndim)"
    return f"numpy.tensordot(there, {name}, {name}.ndim)"


def _arranged(derivative, query):
    """Return the text that arranges what autodiff finds to the layout of a derivative, taken in another order."""
    elaborated, order = derivative.elaborated, query.order
    if not query.is_usual:
        return _arranged_mixed(query)
    array, by_array = is_array(elaborated.expression), is_array(elaborated.symbols[derivative.wrt])
    # said here once more, and not asked of the engine: a check shares nothing with what it checks
    turned = derivative.layout == ("denom" if array else "num")
    if by_array and (array or order == 2):
        text = "there.transpose(1, 0, 3, 2).reshape(there.shape[0] * there.shape[1], -1)"
        return f"{text}.T" if array and turned else text
    return "there.T" if turned and (array or by_array) else "there"


def _arranged_mixed(query):
    """Return the text that arranges a mixed derivative, or one along directions, as the matrix that it is."""
    elaborated = query.elaborated
    array, arrays = is_array(elaborated.expression), [is_array(elaborated.symbols[name]) for name in query.free]
    turned = query.layout == ("denom" if array else "num")
    if array and any(arrays) or sum(arrays) == 2:
        text = "there.transpose(1, 0, 3, 2).reshape(there.shape[0] * there.shape[1], -1)"
        return f"{text}.T" if array and turned else text
    if not array and len(arrays) == 2 and any(arrays) and not query.along:
        return "there.T.reshape(-1, 1)" if arrays[0] else "there.T.reshape(1, -1)"
    return "there.T" if turned and (array or any(arrays)) else "there"
