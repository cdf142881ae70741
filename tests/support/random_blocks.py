"""Random scalar formulas with entries, slices and blocks, of names with declared shapes."""

SHAPES = {"x": (4, 1), "y": (3, 1), "A": (4, 3), "B": (3, 3), "C": (4, 4), "c": ()}


def _range(rng, size, length):
    """Return the text of a slice of so many places of a size."""
    start = rng.randrange(size - length + 1)
    stop = start + length
    first = "" if start == 0 and rng.random() < 0.7 else str(start)
    last = "" if stop == size and rng.random() < 0.6 else str(stop - size if stop < size and rng.random() < 0.4 else stop)
    return f"{first}:{last}"


def _index(rng, size):
    return str(rng.choice([rng.randrange(size), -rng.randrange(1, size + 1)]))


def matrix(rng, rows, cols, depth):
    """Return the text of a matrix of rows×cols."""
    if depth <= 0:
        return _leaf(rng, rows, cols)
    kind = rng.choice(["sum", "product", "slice", "rows", "columns", "entrywise", "transpose", "block", "leaf", "scaled"])
    if kind == "sum":
        return f"({matrix(rng, rows, cols, depth - 1)} {rng.choice('+-')} {matrix(rng, rows, cols, depth - 1)})"
    if kind == "product":
        inner = rng.choice([1, 2, 3])
        return f"({matrix(rng, rows, inner, depth - 1)}@{matrix(rng, inner, cols, depth - 1)})"
    if kind == "slice":
        more, wide = rows + rng.choice([0, 1, 2]), cols + rng.choice([0, 1])
        inner = matrix(rng, more, wide, depth - 1)
        if wide == 1:
            return f"{inner}[{_range(rng, more, rows)}]" if more > 1 else inner
        return f"{inner}[{_range(rng, more, rows)}, {_range(rng, wide, cols)}]"
    if kind == "rows" and rows > 1:
        cut = rng.randrange(1, rows)
        return f"vstack({matrix(rng, cut, cols, depth - 1)}, {matrix(rng, rows - cut, cols, depth - 1)})"
    if kind == "columns" and cols > 1:
        cut = rng.randrange(1, cols)
        return f"hstack({matrix(rng, rows, cut, depth - 1)}, {matrix(rng, rows, cols - cut, depth - 1)})"
    if kind == "block" and rows > 1 and cols > 1:
        r, c = rng.randrange(1, rows), rng.randrange(1, cols)
        parts = [matrix(rng, h, w, depth - 2) for h in (r, rows - r) for w in (c, cols - c)]
        if rng.random() < 0.4:
            parts[rng.choice([1, 2])] = "0"
        return f"block([[{parts[0]}, {parts[1]}], [{parts[2]}, {parts[3]}]])"
    if kind == "entrywise":
        function = rng.choice(["exp({}/4)", "sin({})", "({}**2)", "tanh({})"])
        return function.format(matrix(rng, rows, cols, depth - 1))
    if kind == "transpose":
        return f"({matrix(rng, cols, rows, depth - 1)}).T"
    if kind == "scaled":
        return f"({scalar(rng, depth - 1)}*{matrix(rng, rows, cols, depth - 1)})"
    return _leaf(rng, rows, cols)


def _leaf(rng, rows, cols):
    if (rows, cols) == (1, 1):
        return scalar(rng, 0)
    fitting = [name for name, shape in SHAPES.items() if shape and shape[0] >= rows and shape[1] >= cols and shape[1] > 1]
    columns = [name for name, shape in SHAPES.items() if shape[1:] == (1,) and shape[0] >= rows]
    if cols == 1 and columns and rng.random() < 0.7:
        name = rng.choice(columns)
        return name if SHAPES[name][0] == rows else f"{name}[{_range(rng, SHAPES[name][0], rows)}]"
    if rng.random() < 0.15:
        numbers = [", ".join(str(rng.randrange(-2, 3)) for _ in range(cols)) for _ in range(rows)]
        return f"[[{'], ['.join(numbers)}]]"
    if not fitting:
        return f"(ones({rows}, {cols})*c)" if cols > 1 else f"(ones({rows})*c)"
    name = rng.choice(fitting)
    height, width = SHAPES[name]
    return name if (height, width) == (rows, cols) else f"{name}[{_range(rng, height, rows)}, {_range(rng, width, cols)}]"


def scalar(rng, depth):
    """Return the text of a scalar."""
    if depth <= 0:
        name = rng.choice(["x", "y", "A", "B", "C", "c"])
        if name == "c":
            return "c"
        rows, cols = SHAPES[name]
        return f"{name}[{_index(rng, rows)}]" if cols == 1 else f"{name}[{_index(rng, rows)}, {_index(rng, cols)}]"
    rows, cols = rng.choice([(2, 1), (3, 1), (2, 2), (1, 3), (3, 2)])
    inner = matrix(rng, rows, cols, depth)
    kind = rng.choice(["sum", "norm", "entry", "quadratic", "trace"])
    if kind == "norm":
        return f"norm({inner})**2"
    if kind == "entry":
        return f"{inner}[{_index(rng, rows)}]" if cols == 1 else f"{inner}[{_index(rng, rows)}, {_index(rng, cols)}]"
    if kind == "quadratic" and cols == 1:
        return f"({inner}.T@{matrix(rng, rows, rows, depth - 1)}@{inner})"
    if kind == "trace" and rows == cols:
        return f"tr({inner})"
    return f"sum({inner})"
