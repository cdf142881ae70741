"""Functions of entries, rows and columns that the Python array API standard lacks, written with it alone.

Generated code gets their text. So each is complete in itself, takes its namespace from its argument, keeps its dtype
and device, and never asks for the value of an array: JAX can trace it. ``counterparts`` writes them for a library.
"""


def sigmoid(X):
    """X: any shape -> the same; 1/(1 + exp(-X)) by exp(-abs(X)), which cannot overflow."""
    xp = X.__array_namespace__()
    small = xp.exp(-xp.abs(X))
    return xp.where(X < 0, small, xp.ones_like(X)) / (1 + small)


def erf(X):
    """X: any shape -> the same; the error function in double precision (Cody 1969, Mathematics of Computation 23)."""
    xp = X.__array_namespace__()
    # from 6 on it is 1 in double precision
    size = xp.minimum(xp.abs(X), 6 * xp.ones_like(X))
    # near 0 it is abs(X) times a rational function of X**2
    square = xp.minimum(size * size, xp.ones_like(X))
    above, below = 1.85777706184603153e-1 * square, square
    for a, b in (
        (3.16112374387056560, 2.36012909523441209e1),
        (1.13864154151050156e2, 2.44024637934444173e2),
        (3.77485237685302021e2, 1.28261652607737228e3),
    ):
        above, below = (above + a) * square, (below + b) * square
    near = size * (above + 3.20937758913846947e3) / (below + 2.84423683343917062e3)
    # elsewhere 1 - exp(-X**2) times a rational function of abs(X)
    above, below = 2.15311535474403846e-8 * size, size
    for c, d in (
        (5.64188496988670089e-1, 1.57449261107098347e1),
        (8.88314979438837594, 1.17693950891312499e2),
        (6.61191906371416295e1, 5.37181101862009858e2),
        (2.98635138197400131e2, 1.62138957456669019e3),
        (8.81952221241769090e2, 3.29079923573345963e3),
        (1.71204761263407058e3, 4.36261909014324716e3),
        (2.05107837782607147e3, 3.43936767414372164e3),
    ):
        above, below = (above + c) * size, (below + d) * size
    rest = xp.exp(-size * size) * (above + 1.23033935479799725e3) / (below + 1.23033935480374942e3)
    return xp.sign(X) * xp.where(size < 0.46875, near, 1 - rest)


def softmax(X, axis):
    """X: any shape -> the same; exp(X)/sum(exp(X)) along an axis, shifted by the largest entry."""
    xp = X.__array_namespace__()
    powers = xp.exp(X - xp.max(X, axis=axis, keepdims=True))
    return powers / xp.sum(powers, axis=axis, keepdims=True)


def logsumexp(X, axis):
    """X: any shape -> X without the axis; log(sum(exp(X))) along the axis, shifted by the largest entry."""
    xp = X.__array_namespace__()
    largest = xp.max(X, axis=axis, keepdims=True)
    # entries that are all -inf, or one inf, need no shift
    shift = xp.where(xp.isfinite(largest), largest, xp.zeros_like(largest))
    total = xp.log(xp.sum(xp.exp(X - shift), axis=axis))
    return total + xp.reshape(shift, total.shape)


def hardmax(X):
    """X: any shape -> the same; 1 at the largest entry and 0 elsewhere, equal largest entries share the 1."""
    xp = X.__array_namespace__()
    largest = xp.where(xp.max(X) == X, xp.ones_like(X), xp.zeros_like(X))
    return largest / xp.sum(largest)


def hardmax_along(X, axis):
    """X: any shape -> the same; 1 at the largest entry along an axis, equal largest entries of a line share the 1."""
    xp = X.__array_namespace__()
    largest = xp.where(xp.max(X, axis=axis, keepdims=True) == X, xp.ones_like(X), xp.zeros_like(X))
    return largest / xp.sum(largest, axis=axis, keepdims=True)


def hardmax_by_counts(X, axis):
    """As hardmax_along, in NumPy alone: lines are divided by numbers of largest entries where some have not one."""
    most = numpy.max(X, axis=axis, keepdims=True)  # noqa: F821
    largest = most == X
    found = largest.astype(numpy.result_type(X, 1.0))  # noqa: F821
    if numpy.count_nonzero(largest) != most.size or not numpy.isfinite(most).all():  # noqa: F821
        found /= numpy.sum(found, axis=axis, keepdims=True)  # noqa: F821
    return found


def norm_by_scaling(X):
    """X: any shape -> scalar; the root of the sum of the squares, by the largest entry, so that no square overflows."""
    xp = X.__array_namespace__()
    largest = xp.max(xp.abs(X))
    usual = (largest > 0) & xp.isfinite(largest)
    scale = xp.where(usual, largest, xp.ones_like(largest))
    scaled = X / scale
    return scale * xp.sqrt(xp.sum(scaled * scaled))


def norm_along(X, axis):
    """X: n, m -> a vector; the 2-norm of each line along an axis, by its largest entry: no square overflows."""
    xp = X.__array_namespace__()
    largest = xp.max(xp.abs(X), axis=axis, keepdims=True)
    usual = (largest > 0) & xp.isfinite(largest)
    scale = xp.where(usual, largest, xp.ones_like(largest))
    scaled = X / scale
    root = scale * xp.sqrt(xp.sum(scaled * scaled, axis=axis, keepdims=True))
    return xp.squeeze(root, axis=axis)


def norm_by_branches(X):
    """X: any shape -> scalar; the root of the sum of the squares, where that is extreme by the largest entry."""
    root = numpy.sqrt(numpy.vdot(X, X))  # noqa: F821
    if 1e-15 < root < 1e15:
        return root
    largest = numpy.max(numpy.abs(X))  # noqa: F821
    if not 0 < largest < numpy.inf:  # noqa: F821
        return largest
    scaled = X / largest
    return largest * numpy.sqrt(numpy.vdot(scaled, scaled))  # noqa: F821
