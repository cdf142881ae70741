"""Formulas in MATLAB's notation that GNU Octave computes as they stand, and a run of Octave over them."""

import random
import shutil
import subprocess

import numpy as np
from matlab_samples import FUNCTIONS, MATRICES, PRECEDENCE

SIZES = {"n": 3, "m": 2, 1: 1}
SHAPES = {
    "A": ("n", "n"), "B": ("n", "n"), "S": ("n", "n"), "X": ("n", "m"), "Y": ("n", "m"), "x": ("n", 1), "y": ("n", 1),
    "b": ("n", 1), "w": ("m", 1), "r": (1, "n"), "c": (), "d": (), "lam": (), "beta": ("m", 1),
}
# matrixcalculus.org's own words, and what the page on other notations says is read otherwise than by MATLAB
_NOT_MATLABS = ("eye)", "+ eye", "eye(", "vector(", "matrix(", "adjoint", "softmax", "logsumexp", "relu", "'nuc'", "@",
                ".T", "lambda", "norm2", "norm1", "sum(sum(X))", "'all'", "A^c")

# what formulas are made of at random: {s} a scalar, {c} a column, {q} a square matrix, {a} {b} {m} names of them
_LEAVES = {"scalar": ("c", "d", "2", "x'*y"), "column": ("x", "y", "b"), "square": ("A", "B", "S")}
_SIMPLE = {"a": ("c", "d"), "b": ("x", "y", "b"), "m": ("A", "S")}
_KINDS = {"s": "scalar", "c": "column", "q": "square"}
_WAYS = {
    "scalar": ("{s}+{s}", "{s}-{s}", "{s}*{s}", "-{s}", "2^{a}", "{a}^2", "{c}'*{c}", "{a}/{a}", "sum({c})",
               "{a}.*{s}"),
    "column": ("{c}+{c}", "{c}-{c}", "{c}.*{c}", "-{c}", "{b}.^2", "{q}*{c}", "{s}*{c}", "{b}./{b}", "{b}.\\{c}",
               "{c}/{a}", "S\\{c}", "exp(-{b})", "2.^{b}", "{b}.^-2"),
    "square": ("{q}+{q}", "{q}*{q}", "{q}.*{q}", "{m}'", "{m}^2", "{c}*{c}'", "-{q}", "{m}.^2'", "{s}*{q}", "{q}/S",
               "{m}^-1"),
}

WRITTEN = r"""
2*A'*(A*x - b)
x'*A*x
x'*S*x + 2*b'*x + c
(X*w - y)'*(X*w - y)
norm(X*w - y)^2
norm(X*w - y, 1)
norm(A*x - b, inf)
norm(X)
norm(X, 2)
norm(X, 1)
norm(X, inf)
norm(X, 'fro')^2
norm(x, 2)
norm(x')
norm(r, 1)
trace(A)
trace(A'*B)
trace(X'*A*X)
det(A)
log(det(S))
inv(S)
inv(S)*x
S^-1*x
S\x
S\X
x'/S
A/S
X'/S
2\x
x/2
A^2
A^3
A^-2
S^0.5
S^(1/2)
S^(-1/2)
A.^2
x.^2
x.^-1
x.^0.5
2.^x
x.^y
c^2
c^-d
2^3^2
-2^2
-c^2
-x.^2
2^-1
2^-c
-2^-c
x.^-2
x.^-y
(-x).^2
-x'
-x'*y
x'*-y
x.*-y
c*-x
- -c
+x - +y
c - -d
x.^2'
x'.^2
(x.^2)'
A'^2
A^2'
A'*B'
(A*B)'
A*B*x
A*(B*x)
x*x'
x*y'*A
x'*y*x
r*x
x*r
r*A
r.*x'
x.*y./b
x./y.*b
x./(y.*b)
x.\y
2.\x
c/d*x
c/(d*x'*x)
1/2*x
1./x
2.*x
.5*x
1e-3*x
1.5E2*x
x ' * y
x.' * y
A.'*x
(A + A')*x
c*A*x
A*c*x
A*x*c
c*d*A
x.*A
A.*x
r.*A
A + x
A - r
X + c
c - X
x + c
x - x'*x
x*c/d
exp(x)
exp(-x.^2/2)
log(x)
sqrt(x)
abs(x - y)
sign(x - 1)
sin(x) + cos(y)
tan(x)
asin(x/4)
acos(x/4)
atan(x)
sinh(x)
cosh(x)
tanh(A*x + b)
log1p(x)
expm1(x)
erf(x)
exp(A)
expm(A)
logm(S)
sqrtm(S)
pinv(X)
pinv(X)*y
sum(x)
sum(x.^2)
sum(r)
sum(X, 1)
sum(X, 2)
sum(X(:))
sum(sum(X.^2, 1))
sum(X.^2, 1)*w
mean(x)
mean(r)
mean(X, 1)
mean(X, 2)
mean(X(:))
max(x)
max(r)
max(X(:))
max(x, y)
max(0, x)
max(x, 0)
max(X, Y)
min(x, y)
min(x)
prod(x)
prod(r)
prod(X(:))
dot(x, y)
dot(x, A*y)
dot(X, Y)
dot(A, B)
dot(A, B)*x
dot(r, r)
dot(X, Y, 1)
dot(X, Y, 2)
dot(X(:), Y(:))
dot(r', x)
sum(dot(X, Y))
X(:)
X(:)'*Y(:)
A(:)
x(:)
diag(x)
diag(x)*A
diag(A)
diag(A*B)
diag(A)'*x
kron(A, B)
kron(x, y)
kron(X, r)
kron(A, B)*kron(x, y)
eye(n)*x
A + c*eye(n)
inv(A + c*eye(n))
inv(X'*X + c*eye(m))*X'*y
(X'*X + c*eye(m))\(X'*y)
ones(n, 1)'*x
ones(n)*x
ones(n, m)*w
x*ones(1, m)
zeros(n, 1) + x
X - ones(n, 1)*mean(X, 1)
X - mean(X, 1)
X - mean(X, 2)
mtimes(A, x)
times(x, y)
plus(x, y) - minus(y, x)
rdivide(x, y)
mrdivide(A, S)
mldivide(S, b)
power(x, 2)
mpower(A, 2)
transpose(A)*x
ctranspose(x)*y
uminus(x)
pi*x
log(1 + exp(-y.*(X*w)))
sum(log(1 + exp(-y.*(X*w))))
1./(1 + exp(-X*w))
y'*log(X*w) - sum(X*w)
exp(x)/sum(exp(x))
log(sum(exp(A*x)))
x'*inv(S)*x/2 + log(det(S))/2
exp(-norm(x - y)^2/(2*c^2))
(x'*A*x)/(x'*x)
(x'*A*x)^2
sqrt(x'*x)
sqrt(x'*S*x)
c^2*x'*x + d^2
x'*A^2*x
x'*A^-1*x
(x - y)'*S^-1*(x - y)
x.^2./(y.^2 + 1)
2*c^2*x
2^c*x
x.*x.*x
A.*B*x
A*B.*A
A*x.*y
A*x.^2
-A*x
-A'*x
A*-x
-(A*x)'
c-d*x
c - d*x'
sum(abs(x))
sum(abs(X*w - y))/n
sum((X*w - y).^2)/(2*n)
x'
x''
A''
"""


def formulas(seed=2):
    """Return the texts: those written here, the samples of the reader's tests, and some made at random."""
    samples = [text for text, _ in [*PRECEDENCE, *MATRICES, *FUNCTIONS]]
    fitting = [text for text in samples if not any(word in text for word in _NOT_MATLABS)]
    rng = random.Random(seed)
    made = [random_text(rng, rng.choice(("scalar", "column", "square")), 3) for _ in range(110)]
    # two signs in a row are a decrement in Octave, and in MATLAB they are not
    return [text for text in dict.fromkeys([*WRITTEN.strip().splitlines(), *fitting, *made]) if "--" not in text]


def random_text(rng, kind, depth):
    """Return a formula whose meaning hangs on precedence, of one kind: a scalar, a column or a square matrix."""
    def of(other):
        text = random_text(rng, other, depth - 1)
        return f"({text})" if rng.random() < 0.25 else text

    if depth == 0:
        return rng.choice(_LEAVES[kind])
    pattern = rng.choice(_WAYS[kind])
    while "{" in pattern:
        place = pattern.index("{")
        letter = pattern[place + 1]
        part = rng.choice(_SIMPLE[letter]) if letter in _SIMPLE else of(_KINDS[letter])
        pattern = pattern[:place] + part + pattern[place + 3 :]
    return pattern


def arrays():
    """Return {name: array}: positive entries, S symmetric positive definite, A well conditioned."""
    rng = np.random.default_rng(5)
    found = {}
    for name, shape in SHAPES.items():
        lengths = [SIZES[size] for size in shape]
        found[name] = rng.uniform(0.4, 1.4, lengths) if lengths else np.asarray(rng.uniform(0.4, 1.4))
    half = found["S"]
    found["S"] = half @ half.T + np.eye(SIZES["n"])
    found["A"] = found["A"] + 2*np.eye(SIZES["n"])
    return found


def octave_values(texts, values):
    """Return what Octave says of each text: an array of two dimensions, or the message of its error.

    Raises FileNotFoundError where Octave is not installed: comparing with it is the point.
    """
    program = shutil.which("octave-cli") or shutil.which("octave")
    if program is None:
        raise FileNotFoundError("octave is not installed: apt-get install octave")
    lines = ["1;", *[f"{name} = {_literal(array)};" for name, array in values.items()]]
    lines += [f"{name} = {SIZES[name]};" for name in ("n", "m")]
    for text in texts:
        quoted = text.replace("'", "''")
        lines.append(f"try; v = eval('{quoted}'); v = double(full(v)); printf('%d %d', size(v)); printf(' %.17g', v); "
                     "printf(\"\\n\"); catch e; printf('! %s', strrep(e.message, \"\\n\", ' ')); printf(\"\\n\"); end")
    run = subprocess.run([program, "--quiet", "--no-gui", "--eval", "\n".join(lines)], capture_output=True, text=True,
                         timeout=300, check=True)
    answers = run.stdout.splitlines()
    assert len(answers) == len(texts), run.stderr[-2000:]
    return [_value(answer) for answer in answers]


def _literal(array):
    rows = np.atleast_2d(array)
    return "[" + "; ".join(" ".join(f"{entry:.17g}" for entry in row) for row in rows) + "]"


def _value(answer):
    if answer.startswith("!"):
        return answer
    rows, cols, *entries = answer.split()
    return np.array([float(entry) for entry in entries]).reshape((int(rows), int(cols)), order="F")
