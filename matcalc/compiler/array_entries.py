"""Functions of entries that NumPy and SciPy compute one entry at a time, by those that they compute several at once.

Generated code for NumPy gets their text, as that of the blocks in which it goes through large matrices. Each may write
into the array that it is given; for a few entries, and for arrays that NumPy does not hold, it is a single call.
"""


def sigmoid_by_exp(X, out=None):
    """X: any shape -> the same, in ``out`` where that is given; 1/(1 + exp(-X)), 0 where exp(-X) is infinite."""
    if not isinstance(X, numpy.ndarray) or X.size < 700:  # noqa: F821
        return scipy.special.expit(X, out=out)  # noqa: F821
    out = numpy.negative(X, out=out)  # noqa: F821
    with numpy.errstate(over="ignore"):  # noqa: F821
        numpy.exp(out, out=out)  # noqa: F821
    out += 1
    return numpy.reciprocal(out, out=out)  # noqa: F821


def softplus_by_exp(X, out=None):
    """X: any shape -> the same, in ``out`` where that is given; max(X, 0) + log(1 + exp(-abs(X)))."""
    if not isinstance(X, numpy.ndarray) or X.size < 200:  # noqa: F821
        return numpy.logaddexp(X, 0, out=out)  # noqa: F821
    positive = numpy.maximum(X, 0)  # noqa: F821
    out = numpy.abs(X, out=out)  # noqa: F821
    numpy.negative(out, out=out)  # noqa: F821
    numpy.exp(out, out=out)  # noqa: F821
    numpy.log1p(out, out=out)  # noqa: F821
    out += positive
    return out


def softmax_in_one_array(X, axis):
    """X: any shape -> the same; exp(X)/sum(exp(X)) along an axis, shifted by the largest entry."""
    powers = X - X.max(axis=axis, keepdims=True)
    if not isinstance(X, numpy.ndarray):  # noqa: F821
        powers = numpy.exp(powers)  # noqa: F821
        return powers / powers.sum(axis=axis, keepdims=True)
    if powers.size > 1000 and powers.min() < -745.2:
        # NumPy takes twenty times as long where exp vanishes, but for -inf
        numpy.copyto(powers, -numpy.inf, where=powers < -745.2)  # noqa: F821
    numpy.exp(powers, out=powers)  # noqa: F821
    powers /= powers.sum(axis=axis, keepdims=True)
    return powers


def logsumexp_in_one_array(X, axis):
    """X: any shape -> X without the axis; log(sum(exp(X))) along the axis, shifted by the largest entry."""
    largest = X.max(axis=axis, keepdims=True)
    # entries that are all -inf, or one inf, need no shift
    shift = numpy.where(numpy.isfinite(largest), largest, 0)  # noqa: F821
    powers = X - shift
    powers = numpy.exp(powers, out=powers if isinstance(powers, numpy.ndarray) else None)  # noqa: F821
    total = numpy.log(powers.sum(axis=axis))  # noqa: F821
    return total + shift.reshape(total.shape)


def row_blocks(n, m):
    """n, m: sizes of a matrix -> the slices that cut its rows into blocks which fit into the cache, one by one."""
    step = max(16, 120_000 // max(m, 1))
    for start in range(0, n, step):
        yield slice(start, start + step)
