"""Random scalar formulas with entries, slices and blocks, of names with declared shapes."""

SHAPES = {"x": (4, 1), "y": (3, 1), "A": (4, 3), "B": (3, 3), "C": (4, 4), "c": ()}
COLUMNS, MATRICES = ("x", "y"), ("A", "B", "C")


def _range(rng, size, length):
    """Return the text of a slice of so many places of a size."""
    start = rng.randrange(size - length + 1)
    stop = start + length
    first = "" if start == 0 and rng.random() < 0.7 else str(start)
    last = str(stop - size if stop < size and rng.random() < 0.4 else stop)
    return f"{first}:{'' if stop == size and rng.random() < 0.6 else last}"


def _index(rng, size):
    return str(rng.choice([rng.randrange(size), -rng.randrange(1, size + 1)]))


def _part(rng, text, shape, rows, cols):
    """Return the text of a slice of rows×cols of an array of a shape."""
    if shape == (rows, cols):
        return text
    columns = f", {_range(rng, shape[1], cols)}" if shape[1] > 1 else ""
    return f"{text}[{_range(rng, shape[0], rows)}{columns}]"


def _sum(rng, rows, cols, depth):
    return f"({matrix(rng, rows, cols, depth)} {rng.choice('+-')} {matrix(rng, rows, cols, depth)})"


def _product(rng, rows, cols, depth):
    inner = rng.choice([1, 2, 3])
    return f"({matrix(rng, rows, inner, depth)}@{matrix(rng, inner, cols, depth)})"


def _slice(rng, rows, cols, depth):
    shape = rows + rng.choice([0, 1, 2]), cols + rng.choice([0, 1])
    return _part(rng, matrix(rng, *shape, depth), shape, rows, cols)


def _stack(rng, rows, cols, depth):
    if rows == cols == 1:
        return _leaf(rng, rows, cols)
    if rows == 1 or cols > 1 and rng.random() < 0.5:
        cut = rng.randrange(1, cols)
        return f"hstack({matrix(rng, rows, cut, depth)}, {matrix(rng, rows, cols - cut, depth)})"
    cut = rng.randrange(1, rows)
    return f"vstack({matrix(rng, cut, cols, depth)}, {matrix(rng, rows - cut, cols, depth)})"


def _block(rng, rows, cols, depth):
    if 1 in (rows, cols):
        return _stack(rng, rows, cols, depth)
    r, c = rng.randrange(1, rows), rng.randrange(1, cols)
    parts = [matrix(rng, height, width, depth - 1) for height in (r, rows - r) for width in (c, cols - c)]
    if rng.random() < 0.4:
        parts[rng.choice([1, 2])] = "0"
    return "block([[{}, {}], [{}, {}]])".format(*parts)


def _entrywise(rng, rows, cols, depth):
    return rng.choice(["exp({}/4)", "sin({})", "({}**2)", "tanh({})"]).format(matrix(rng, rows, cols, depth))


def _transpose(rng, rows, cols, depth):
    return f"({matrix(rng, cols, rows, depth)}).T"


def _scaled(rng, rows, cols, depth):
    return f"({scalar(rng, depth)}*{matrix(rng, rows, cols, depth)})"


def _leaf(rng, rows, cols, depth=0):
    if (rows, cols) == (1, 1):
        return scalar(rng, 0)
    columns = [name for name in COLUMNS if cols == 1 and SHAPES[name][0] >= rows]
    fitting = [name for name in MATRICES if SHAPES[name][0] >= rows and SHAPES[name][1] >= cols]
    if rng.random() < 0.15:
        numbers = [", ".join(str(rng.randrange(-2, 3)) for _ in range(cols)) for _ in range(rows)]
        return f"[[{'], ['.join(numbers)}]]"
    names = columns if columns and rng.random() < 0.7 else fitting
    if not names:
        return f"(ones({rows}, {cols})*c)" if cols > 1 else f"(ones({rows})*c)"
    name = rng.choice(names)
    return _part(rng, name, SHAPES[name], rows, cols)


KINDS = (_sum, _product, _slice, _stack, _stack, _entrywise, _transpose, _block, _leaf, _scaled)


def matrix(rng, rows, cols, depth):
    """Return the text of a matrix of rows×cols."""
    return rng.choice(KINDS)(rng, rows, cols, depth - 1) if depth > 0 else _leaf(rng, rows, cols)


def _entry(rng, text, shape):
    return f"{text}[{_index(rng, shape[0])}{f', {_index(rng, shape[1])}' if shape[1] > 1 else ''}]"


def scalar(rng, depth):
    """Return the text of a scalar."""
    if depth <= 0:
        name = rng.choice([*COLUMNS, *MATRICES, "c"])
        return "c" if name == "c" else _entry(rng, name, SHAPES[name])
    shape = rows, cols = rng.choice([(2, 1), (3, 1), (2, 2), (1, 3), (3, 2)])
    inner = matrix(rng, rows, cols, depth)
    kind = rng.choice(["sum", "norm", "entry", "quadratic", "trace"])
    if kind == "norm":
        return f"norm({inner})**2"
    if kind == "entry":
        return _entry(rng, inner, shape)
    if kind == "quadratic" and cols == 1:
        return f"({inner}.T@{matrix(rng, rows, rows, depth - 1)}@{inner})"
    return f"tr({inner})" if kind == "trace" and rows == cols else f"sum({inner})"
