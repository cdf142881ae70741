"""Special functions of entries that the Python array API standard lacks, written with it alone.

As those of ``array_functions``: generated code gets their text, each keeps its dtype and device, and JAX can trace it.
"""

from .array_functions import erf


def erfcx(X):
    """X: any shape, nonnegative -> the same; exp(X**2)*erfc(X) in double precision (Cody 1969, Math. Comp. 23)."""
    xp = X.__array_namespace__()
    near = xp.minimum(X, 0.46875 * xp.ones_like(X))
    square = near * near
    above, below = 1.85777706184603153e-1 * square, square
    for a, b in (
        (3.16112374387056560, 2.36012909523441209e1),
        (1.13864154151050156e2, 2.44024637934444173e2),
        (3.77485237685302021e2, 1.28261652607737228e3),
    ):
        above, below = (above + a) * square, (below + b) * square
    first = xp.exp(square) * (1 - near * (above + 3.20937758913846947e3) / (below + 2.84423683343917062e3))
    middle = xp.minimum(X, 4 * xp.ones_like(X))
    above, below = 2.15311535474403846e-8 * middle, middle
    for c, d in (
        (5.64188496988670089e-1, 1.57449261107098347e1),
        (8.88314979438837594, 1.17693950891312499e2),
        (6.61191906371416295e1, 5.37181101862009858e2),
        (2.98635138197400131e2, 1.62138957456669019e3),
        (8.81952221241769090e2, 3.29079923573345963e3),
        (1.71204761263407058e3, 4.36261909014324716e3),
        (2.05107837782607147e3, 3.43936767414372164e3),
    ):
        above, below = (above + c) * middle, (below + d) * middle
    second = (above + 1.23033935479799725e3) / (below + 1.23033935480374942e3)
    far = xp.maximum(X, 4 * xp.ones_like(X))
    inverse = 1 / (far * far)
    above, below = 1.63153871373020978e-2 * inverse, inverse
    for p, q in (
        (3.05326634961232344e-1, 2.56852019228982242),
        (3.60344899949804439e-1, 1.87295284992346725),
        (1.25781726111229246e-1, 5.27905102951428412e-1),
        (1.60837851487422766e-2, 6.05183413124413191e-2),
    ):
        above, below = (above + p) * inverse, (below + q) * inverse
    rest = inverse * (above + 6.58749161529837803e-4) / (below + 2.33520497626869185e-3)
    third = (5.6418958354775628695e-1 - rest) / far
    return xp.where(X <= 0.46875, first, xp.where(X <= 4, second, third))


def erfc(X):
    """X: any shape -> the same; 1 - erf(X), accurate far out as well."""
    xp = X.__array_namespace__()
    size = xp.abs(X)
    # the square in two parts, so that rounding it does not spoil its exponential
    head = xp.round(16 * xp.minimum(size, 64 * xp.ones_like(X))) / 16
    small = erfcx(size) * xp.exp(-head * head) * xp.exp((head - size) * (head + size))
    return xp.where(X < 0, 2 - small, small)


def normcdf(X):
    """X: any shape -> the same; the distribution function of the standard normal distribution."""
    return erfc(-X / 1.4142135623730951) / 2


def lognormcdf(X):
    """X: any shape -> the same; the logarithm of normcdf(X), which it has far out on the left as well."""
    xp = X.__array_namespace__()
    left = xp.maximum(-X, xp.ones_like(X)) / 1.4142135623730951
    return xp.where(X < -1, xp.log(erfcx(left) / 2) - X * X / 2, xp.log1p(-normcdf(-xp.maximum(X, -xp.ones_like(X)))))


def norminv(P):
    """P: any shape, between 0 and 1 -> the same; the X with normcdf(X) = P.

    From a rational start (Abramowitz & Stegun 26.2.23), by Newton's method on the logarithm of the tail.
    """
    xp = P.__array_namespace__()
    tail = xp.log(xp.minimum(P, 1 - P))
    T = xp.sqrt(-2 * tail)
    above = 2.515517 + T * (0.802853 + T * 0.010328)
    X = T - above / (1 + T * (1.432788 + T * (0.189269 + T * 0.001308)))
    for _ in range(3):
        found = lognormcdf(-X)
        X = X + (found - tail) * xp.exp(found + X * X / 2) * 2.5066282746310002
    return xp.where(P < 0.5, -X, X)


def erfinv(X):
    """X: any shape, between -1 and 1 -> the same; the Y with erf(Y) = X."""
    xp = X.__array_namespace__()
    far = -norminv((1 - xp.abs(X)) / 2) / 1.4142135623730951
    # in the middle by Newton's method on erf itself, which keeps its relative accuracy
    inner = xp.clip(X, -0.5, 0.5)
    Y = 0.8862269254527580 * inner
    for _ in range(5):
        Y = Y - (erf(Y) - inner) * 0.8862269254527580 * xp.exp(Y * Y)
    return xp.where(xp.abs(X) < 0.5, Y, xp.where(X < 0, -far, far))


def lgamma(X):
    """X: any shape, positive -> the same; the logarithm of the gamma function (Abramowitz & Stegun 6.1.41)."""
    xp = X.__array_namespace__()
    Z = xp.where(X < 8, X + 8, X)
    product = xp.ones_like(X)
    for i in range(8):
        product = product * (xp.minimum(X, 8 * xp.ones_like(X)) + i)
    square, series = 1 / (Z * Z), xp.zeros_like(X)
    for c in (1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12):
        series = series * square + c
    stirling = (Z - 0.5) * xp.log(Z) - Z + 0.91893853320467274 + series / Z
    return stirling - xp.where(X < 8, xp.log(product), xp.zeros_like(X))


def digamma(X):
    """X: any shape, positive -> the same; the derivative of lgamma (Abramowitz & Stegun 6.3.5 and 6.3.18)."""
    xp = X.__array_namespace__()
    Z = xp.where(X < 8, X + 8, X)
    less = xp.zeros_like(X)
    for i in range(8):
        less = less + 1 / (X + i)
    square, series = 1 / (Z * Z), xp.zeros_like(X)
    for c in (-3617 / 8160, 1 / 12, -691 / 32760, 1 / 132, -1 / 240, 1 / 252, -1 / 120, 1 / 12):
        series = (series + c) * square
    return xp.log(Z) - 0.5 / Z - series - xp.where(X < 8, less, xp.zeros_like(X))


def polygamma(k, X):
    """k: a positive integer; X: any shape, positive -> as X; the k-th derivative of digamma.

    (-1)**(k + 1) * k! * zeta(k + 1, X), the series summed by Euler and Maclaurin (Abramowitz & Stegun 6.4.10).
    """
    xp = X.__array_namespace__()
    order = k * xp.ones_like(X)
    Z, total = X + 16, xp.zeros_like(X)
    for i in range(16):
        total = total + (X + i) ** -(order + 1)
    term = (order + 1) * Z ** -(order + 2)
    total = total + Z**-order / order + Z ** -(order + 1) / 2
    for j, c in enumerate((1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000)):
        total = total + c * term
        term = term * (order + 2 * j + 2) * (order + 2 * j + 3) / (Z * Z)
    # (-1)**(k + 1)
    odd = 4 * xp.abs(xp.round(order / 2) - order / 2) - 1
    return odd * xp.exp(lgamma(order + 1)) * total


def sinc(X):
    """X: any shape -> the same; sin(pi*X)/(pi*X), and 1 at 0."""
    xp = X.__array_namespace__()
    angle = xp.pi * xp.where(X == 0, xp.ones_like(X), X)
    return xp.where(X == 0, xp.ones_like(X), xp.sin(angle) / angle)
