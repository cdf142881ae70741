"""Code in NumPy, PyTorch and JAX, run as it stands: what the reader is compared with."""

import math
import random

import jax
import jax.numpy as jnp
import numpy as np
import scipy
import scipy.linalg
import scipy.special
import torch
import torch.nn.functional as F

from matcalc.answers.book import book_of
from matcalc.evaluation.evaluate import evaluate
from matcalc.language.syntax import parse_tree

POSITIVE_DEFINITE = frozenset("S K".split())
PROBABILITIES = frozenset("p q P Q".split())

# read as NumPy and as JAX, value and gradient
NUMPY = r"""
np.linalg.norm(np.hstack((A, B)) @ np.concatenate([x, y]) - b)**2
np.vstack([x, y]) @ w
np.stack([x, y], axis=1)
np.column_stack([X, x]) @ w
np.sum(x**2)
(x**2).sum()
x @ x
x.T @ x
x @ A @ x
x.T @ A @ x
np.dot(x, y)
x.dot(A.dot(x))
np.vdot(x, y)
np.vdot(X, Y)
np.inner(x, y)
np.inner(X, Y).sum()
np.inner(A, x) @ y
np.matmul(X, w) @ y
np.outer(x, y).sum()
np.sum(np.outer(x, y)**2)
np.linalg.norm(x)
np.linalg.norm(A @ x - b)
np.linalg.norm(A @ x - b)**2
0.5*np.linalg.norm(X @ w - y)**2 + 0.1*np.linalg.norm(w, 1)
np.linalg.norm(x, 1)
np.linalg.norm(x, 2)
np.linalg.norm(x, np.inf)
np.linalg.norm(x, 3)
np.linalg.norm(X)
np.linalg.norm(X, 'fro')
np.linalg.norm(X, 2)
np.linalg.norm(X, 'nuc')
np.linalg.norm(X, 1)
np.linalg.norm(X, np.inf)
np.linalg.norm(X, axis=1).sum()
np.linalg.norm(X, axis=0) @ y
np.linalg.norm(X, ord=1, axis=1).sum()
((X @ w - y)**2).mean()
np.mean((X @ w - y)**2)
np.mean(np.square(X @ w - y))
np.sum((X @ w - y)**2)/X.shape[0]
np.sum((X @ w - y)**2)/(2*len(y))
((X @ w - y)**2).sum()/y.size
np.sum(X**2)/X.size
X - X.mean(axis=0)
X - X.mean(axis=1, keepdims=True)
X - X.mean(axis=1)[:, None]
X - X.mean(1, keepdims=True)
(X - X.mean(0))/X.std(axis=0)
X/np.linalg.norm(X, axis=1, keepdims=True)
X/X.sum(axis=-1, keepdims=True)
X*w
X*y[:, None]
X + b
y[:, None]*X
x[:, None]*y[None, :]
x[:, np.newaxis] - y
x.reshape(-1, 1) @ y.reshape(1, -1)
np.expand_dims(x, 1)*y
X @ W + b
np.maximum(X @ W + b, 0)
np.maximum(0, X @ W + b).sum()
np.trace(A)
np.trace(X.T @ A @ X)
A.trace()
X.trace() + np.sum(X)
np.linalg.det(A)
np.linalg.slogdet(S)[1]
np.linalg.slogdet(S).logabsdet
np.log(np.linalg.det(S))
np.linalg.inv(S)
np.linalg.inv(S) @ x
x @ np.linalg.inv(S) @ x
np.linalg.solve(A, b)
np.linalg.solve(S, x) @ x
x @ np.linalg.solve(S, X).sum(axis=1)
np.linalg.pinv(X) @ y
np.linalg.matrix_power(A, 3)
np.linalg.multi_dot([A, B, x])
np.kron(A, B)
np.kron(x, y)
np.tensordot(X, Y)
np.tensordot(A, B, axes=1)
np.diag(x)
np.diag(A)
np.diag(A) @ x
np.diag(x) @ A
np.diagonal(A).sum()
np.eye(3) @ x
np.eye(len(x)) @ x
np.eye(A.shape[0]) + A
np.identity(3) - np.outer(x, x)
np.ones(3) @ x
np.ones(len(x)) @ x
np.ones_like(x) @ x
np.ones((3, 2)) + x[:, None]
np.zeros_like(X) + X*w
np.exp(x)
np.log(x)
np.log(np.sum(np.exp(A @ x)))
np.log(np.exp(x).sum())
np.log1p(np.exp(-y*(X @ w))).sum()
np.log(1 + np.exp(-y * (X @ w))).mean()
np.mean(np.logaddexp(0, -y*(X @ w)))
np.exp(-np.linalg.norm(x - y)**2/(2*h**2))
np.sqrt(x @ x)
np.sqrt(np.sum((x - y)**2))
np.abs(x - y).sum()
abs(x - y).sum()
np.sin(x) @ np.cos(x)
np.tanh(A @ x + b)
np.tan(x)
np.arcsin(x/4)
np.arctan(x)
np.sinh(x) + np.cosh(x)
np.expm1(x) + np.log2(x) + np.log10(x)
np.power(x, 3)
np.power(x, p)
x**3
x**-1
2**x
np.reciprocal(x)
np.negative(x)
np.add(x, y) - np.subtract(x, y)
np.multiply(x, y)/np.divide(x, y)
np.clip(x, 0.6, 1.2)
np.clip(x, a_min=0.6, a_max=None)
x.clip(0.5)
np.minimum(x, y) + np.maximum(x, 1)
np.hypot(x, y)
np.sign(x - 1)
np.max(x)
x.max() - x.min()
np.exp(x - x.max())/np.exp(x - x.max()).sum()
np.exp(X)/np.exp(X).sum(axis=1, keepdims=True)
np.prod(x)
np.var(x)
np.var(X, axis=0)
np.std(x)
np.std(X, axis=1)
np.var(x, ddof=1)
X.var(axis=1, ddof=1)
np.sum(X, axis=0)
np.sum(X, axis=1)
np.sum(X, axis=(0, 1))
X.sum(0) @ w
X.sum(1) @ y
X.sum(axis=-1, keepdims=True)
np.mean(X, axis=0, keepdims=True)
np.average(x)
X.T
X.transpose()
np.transpose(X) @ y
np.swapaxes(X, 0, 1)
X.swapaxes(0, 1)
np.transpose(X, (1, 0))
X.ravel() @ X.ravel()
X.flatten()
np.reshape(X, -1)
X.reshape(-1)
np.squeeze(X @ w)
x*y/z
a*x + b
a*(x @ x)
x - x.mean()
(x - np.mean(x))/np.std(x)
(x - x.mean()) @ (y - y.mean())/(np.linalg.norm(x - x.mean())*np.linalg.norm(y - y.mean()))
-0.5*(x - mu) @ np.linalg.inv(S) @ (x - mu) - 0.5*np.linalg.slogdet(2*np.pi*S)[1]
np.sum(w*(A @ x - b)**2)
np.sum(p*np.log(p/q))
-np.sum(y*np.log(1/(1 + np.exp(-X @ w))) + (1 - y)*np.log(1 - 1/(1 + np.exp(-X @ w))))
x @ (A @ y)
(x @ A) @ y
x @ A
x @ A + b
x @ A * b
(x @ A).sum()
X.T @ (X @ w - y)
X.T.dot(X.dot(w) - y)/len(y)
np.dot(X.T, np.dot(X, w) - y)
np.dot(a, x)
np.math_is_not_read
1/(1 + np.exp(-(X @ w + c)))
np.exp(1j_is_not_read)
r = X @ w - y; (r**2).mean()
r = X @ w - y; r @ r/2 + np.abs(r).sum()
u, v = A @ x, B @ x; u @ v
m, n = X.shape; np.sum((X @ w - y)**2)/m + n*(w @ w)
s, ld = np.linalg.slogdet(S); s*ld
s = 0; s += x @ x; s *= 2; s -= x.sum(); s /= 3; s
z = X @ w; z @= np.eye(len(z)); z.sum()
e = np.exp(X); p = e/e.sum(axis=1, keepdims=True); -(Y*np.log(p)).sum(axis=1).mean()
"""

# read as PyTorch, value and gradient
TORCH = r"""
torch.cat((X, Y), dim=0) @ w
torch.exp(torch.cat([A @ x, B @ y])).sum()
torch.sum(torch.stack((x, y)) @ A)
torch.cat([X, Y], dim=-1)
torch.dot(x, x)
torch.mv(A, x)
torch.mm(X.t(), Y)
torch.matmul(A, x)
torch.inner(x, y)
torch.outer(x, y)
torch.ger(x, y)
A.mv(x).dot(b)
A.mm(B)
A @ x
x @ A @ x
x.t() @ x
X.mT @ Y
x.sum()
torch.sum(X, 0)
torch.sum(X, dim=1)
X.sum(dim=1, keepdim=True)
X.sum(-1)
X.sum((0, 1))
((X @ w - y)**2).mean()
(X @ w - y).pow(2).mean()
torch.mean(torch.square(X @ w - y))
(X @ w - y).square().sum()
(X @ w - y).abs().mean()
torch.norm(A @ x - b)**2
torch.norm(X)
torch.norm(X, 1)
torch.norm(x, p=1)
torch.norm(X, dim=1)
X.norm()
x.norm(p=3)
(X - Y).norm(p=1)
X.norm(dim=1, keepdim=True)
torch.linalg.norm(X)
torch.linalg.norm(X, 2)
torch.linalg.norm(x, 1)
torch.linalg.norm(X, 'nuc')
torch.linalg.vector_norm(X)
torch.linalg.vector_norm(X, 1)
torch.linalg.matrix_norm(X)
torch.dist(x, y)
torch.trace(X.t() @ X)
X.t().mm(X).trace()
torch.det(A)
A.det()
torch.logdet(S)
S.logdet()
torch.slogdet(S)[1]
torch.linalg.slogdet(S).logabsdet
torch.inverse(S)
torch.linalg.inv(S) @ x
S.inverse() @ x
torch.linalg.solve(A, b)
torch.linalg.solve(S, X)
torch.linalg.pinv(X)
torch.matrix_exp(A)
torch.linalg.matrix_power(A, 2)
torch.kron(A, B)
torch.diag(x)
torch.diag(A)
A.diagonal().sum()
torch.diag_embed(x)
torch.eye(3, dtype=torch.float64) @ x
torch.eye(x.shape[0], dtype=torch.float64) @ x
torch.eye(A.size(0), dtype=torch.float64) + A
torch.ones_like(x).dot(x)
torch.ones(3, 2, dtype=torch.float64) + x[:, None]
torch.exp(x).log().sum()
x.exp().sum().log()
torch.logsumexp(A @ x, dim=0)
torch.logsumexp(X, 1)
X.logsumexp(dim=1, keepdim=True)
torch.softmax(x, 0)
torch.softmax(X, dim=1)
X.softmax(-1)
F.softmax(A @ x, dim=0)
F.softmax(X, dim=1)
F.softmax(X, dim=0)
F.log_softmax(X, dim=1)
F.log_softmax(x, dim=0)
-(Y*F.log_softmax(X, dim=1)).sum(dim=1).mean()
F.relu(X @ W + b).sum()
F.relu(1 - y*(X @ w)).mean()
torch.relu(x - 1)
F.leaky_relu(x - 1)
F.leaky_relu(x - 1, 0.3)
F.elu(x - 1)
F.silu(x)
F.gelu(x)
F.mish(x)
F.softplus(x)
F.softsign(x)
F.logsigmoid(x)
F.hardtanh(x)
F.relu6(5*x)
torch.sigmoid(X @ w)
(X @ w).sigmoid().log().sum()
torch.tanh(A @ x + b)
torch.erf(x) + torch.erfc(y)
torch.sqrt(x).rsqrt()
torch.clamp(x, min=0.7)
x.clamp(0.6, 1.1)
torch.clip(x, max=1)
torch.maximum(x, y)
torch.max(x, y) + torch.min(x, y)
torch.max(x)
X.max() - X.min()
x.prod()
torch.var(x)
torch.var(X, dim=0)
torch.var(x, unbiased=False)
torch.var(X, dim=1, keepdim=True)
torch.var(x, correction=0)
torch.std(x)
torch.std(x)**2
X.std(dim=0)
X.std(0, keepdim=True)
(X - X.mean(dim=0))/X.std(dim=0)
(x - x.mean())/x.std(dim=0)
X - X.mean(dim=1, keepdim=True)
X*y[:, None]
X*y.unsqueeze(1)
x.unsqueeze(0) - y.unsqueeze(1)
x.view(-1, 1) @ y.view(1, -1)
X.transpose(0, 1) @ y
X.permute(1, 0)
torch.transpose(X, 0, 1)
X.flatten().norm()
X.reshape(-1).sum()
x.detach() @ y
(x - y.detach()).pow(2).sum()
x.clone().contiguous() @ y
torch.add(x, y, alpha=2)
torch.sub(x, y)
torch.mul(x, y)
torch.div(x, y)
x.add(y).mul(2).div(3).sub(1)
torch.pow(x, 3)
torch.neg(x)
torch.reciprocal(x)
torch.lerp(x, y, 0.3)
torch.addmm(X, A, Y)
torch.addmv(b, A, x)
torch.xlogy(x, y)
torch.logaddexp(x, y)
torch.abs(x - y).sum()
F.linear(X, W, b)
F.linear(x, W)
F.mse_loss(X @ w, y)
F.mse_loss(X @ w, y, reduction='sum')
F.l1_loss(X @ w, y)
F.huber_loss(3*x, y)
F.huber_loss(3*x, y, delta=0.5)
F.smooth_l1_loss(3*x, y)
F.smooth_l1_loss(3*x, y, beta=0.7)
F.binary_cross_entropy(torch.sigmoid(X @ w), y/4)
F.binary_cross_entropy_with_logits(X @ w, y)
F.soft_margin_loss(X @ w, y)
F.poisson_nll_loss(x, y)
F.kl_div(F.log_softmax(x, dim=0), p, reduction='sum')
F.kl_div(F.log_softmax(X, dim=1), P, reduction='batchmean')
F.cross_entropy(X @ W, Y)
F.cross_entropy(X, P, reduction='sum')
F.cross_entropy(x, p)
F.cosine_similarity(x, y, dim=0)
F.normalize(X, dim=1)
F.normalize(x, dim=0)
torch.nn.MSELoss()(X @ w, y)
torch.nn.BCEWithLogitsLoss(reduction='sum')(X @ w, y)
torch.nn.CrossEntropyLoss()(X @ W, P)
torch.nn.Softmax(dim=1)(X)
r = X @ w - y; r.dot(r)/len(r)
z = X @ w; torch.log(1 + torch.exp(-y*z)).mean()
h = torch.tanh(X @ W + b); o = h @ V + c; o.sum()
q = X @ W; k = X @ V; a = F.softmax(q @ k.T/q.shape[1]**0.5, dim=-1); a @ X
"""

JAX = r"""
jnp.log(jnp.sum(jnp.exp(A @ x)))
jax.nn.softmax(A @ x)
jax.nn.softmax(X)
jax.nn.softmax(X, axis=0)
jax.nn.log_softmax(X)
jax.scipy.special.logsumexp(X, axis=1)
jax.nn.relu(X @ W + b).sum()
jax.nn.sigmoid(X @ w)
jax.nn.softplus(-y*(X @ w)).mean()
jax.nn.silu(x)
jax.nn.gelu(x)
jax.nn.elu(x - 1)
jax.nn.leaky_relu(x - 1)
jax.lax.stop_gradient(x)*y
jax.scipy.linalg.solve(A, b)
jax.nn.log_sigmoid(y*(X @ w)).sum()
jnp.linalg.norm(x - y, ord=2)
jnp.linalg.slogdet(S)[1]
jnp.square(X @ w - y).mean()
jnp.vdot(x, A @ x)
jnp.where_is_not_read
"""


def lines(text):
    """Return the expressions of a text, one a line."""
    return [line for line in text.strip().splitlines() if "is_not_read" not in line]


def arrays(shapes, dimensions, rng):
    """Return {name: an array of float64} of positive entries; ``dimensions``: how many each has in the library."""
    sizes, found = {}, {}
    for name, shape in shapes.items():
        lengths = [sizes.setdefault(n, len(sizes) + 3) if isinstance(n, str) else n for n in shape]
        if name in POSITIVE_DEFINITE:
            half = rng.standard_normal(lengths)
            found[name] = half @ half.T + len(half)*np.eye(len(half))
        elif dimensions[name] == 0:
            found[name] = rng.uniform(0.3, 1.7)
        else:
            found[name] = rng.uniform(0.3, 1.7, lengths[: dimensions[name]])
        if name in PROBABILITIES and dimensions[name]:
            found[name] = found[name]/found[name].sum(axis=-1, keepdims=True)
    return found


def value(text, names):
    """Run a line of code, statements separated by semicolons, and return the value of the last."""
    space = {"np": np, "jnp": jnp, "jax": jax, "torch": torch, "F": F, "scipy": scipy, "math": math, **names}
    *before, last = text.split("; ")
    for statement in before:
        exec(statement, space)  # noqa: S102
    return eval(last, space)


def seeded(text):
    """Return a generator that depends on the text alone, so that a failure repeats."""
    return np.random.default_rng(random.Random(text).randrange(2**32))


def read_value(expression, arrays, sizes=None):
    """Return the value of what was read for arrays of the library, and for sizes that no array has."""
    columns = {name: torch.tensor(np.reshape(array, (-1, np.shape(array)[1] if np.ndim(array) == 2 else 1)))
               for name, array in arrays.items()}
    sizes = dict(sizes or {})
    columns |= {name: torch.tensor([[float(sizes[name])]]) for name in sizes if name in expression.shapes}
    sizes |= {size: length for name, shape in expression.shapes.items()
             for size, length in zip(shape, columns[name].shape)}
    value = evaluate(parse_tree(expression.text), columns, sizes, book_of(None)).numpy()
    return value[0, 0] if value.shape == (1, 1) else value


def as_array(value):
    if isinstance(value, torch.Tensor):
        value = value.detach().numpy()
    return np.asarray(value, dtype=np.float64)


def same(read, real, tolerance=1e-9):
    """Compare a value of the language, a column or a row for a vector, with a library's."""
    real = as_array(real)
    read = np.asarray(read, dtype=np.float64)
    if real.ndim < 2:
        assert read.ndim == 0 or 1 in read.shape
        read = read.reshape(real.shape)
    assert read.shape == real.shape
    np.testing.assert_allclose(read, real, rtol=tolerance, atol=tolerance/10)


def differences(function, at):
    """Return the gradient of a function of an array by central differences."""
    at, step = np.asarray(at, dtype=np.float64), 1e-6
    result = np.zeros_like(at)
    for index in np.ndindex(at.shape):
        change = np.zeros_like(at)
        change[index] = step
        result[index] = (function(at + change) - function(at - change))/(2*step)
    return result
