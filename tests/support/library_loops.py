"""Loops and comprehensions with NumPy, PyTorch and JAX, run as they stand: what the reader is compared with."""

import ast
import itertools
import math
import re

import jax.numpy as jnp
import numpy as np
import torch
import torch.nn.functional as F

# texts are apart by empty lines; those of torch are compared with its autograd, the others with differences
NUMPY = r"""
sum(np.log(1 + np.exp(-y[i]*(X[i] @ w))) for i in range(n))

sum([np.log(1 + np.exp(-y[i]*(X[i] @ w))) for i in range(len(y))])/len(y)

np.sum([np.abs(y[i] - X[i] @ w) for i in range(X.shape[0])])/X.shape[0]

np.mean([(y[i] - X[i, :] @ w)**2 for i in range(len(y))])

np.prod([x[i]**2 for i in range(len(x))])

math.prod(1 + x[i] for i in range(n))

math.fsum(np.exp(x_i) for x_i in x)

max(X[i] @ w for i in range(n))

min(np.exp(x[i])*y[i] for i in range(n))

np.max([X[i] @ w for i in range(n)])

jnp.array([jnp.exp(x[i]) for i in range(n)]).sum()

jnp.stack([x*jnp.exp(w) for x in X]).mean()

jnp.array([jnp.sin(t @ w) for t in X]).max()

sum(np.linalg.norm(X[i] - Y[j])**2*W[i, j] for i in range(n) for j in range(m))

sum(x[i]*x[j] for i in range(n) for j in range(n) if i != j)*np.e

sum(np.exp(x[i] - y[j]) for i in range(n) for j in range(n) if i < j and x[i] > y[j])

sum(np.exp(x[i]*y[j]) for i in range(n) for j in range(i))

sum(np.exp(x[i]*y[j]) for i in range(n) for j in range(i + 1, n))

sum(np.exp(x[i]) for i in range(n) if y[i] > 1)

sum(np.log(x[i]) for i in range(n) if not y[i] > 1)

sum(np.exp(x[i]*x[j]*x[k]) for i in range(n) for j in range(n) for k in range(n) if i < j < k)

np.mean([np.exp(x[i] - x[j]) for i in range(n) for j in range(n) if i != j])

sum((t - x @ w)**2 for x, t in zip(X, y))

sum(np.exp(i*v) for i, v in enumerate(x))

sum(v*np.exp(i) for i, v in enumerate(x, 1))

sum(i*(x @ w - t)**2 for i, (x, t) in enumerate(zip(X, y)))

sum(np.exp(a - b) for a, b in itertools.combinations(x, 2))

sum(np.exp(x[i] - 2*x[j]) for i, j in itertools.combinations(range(len(x)), 2))

sum(np.exp(x[i] - 2*x[j]) for i, j in itertools.permutations(range(n), 2))

sum(np.exp(x[i] - 2*x[j]) for i, j in itertools.combinations_with_replacement(range(n), 2))

sum(np.exp(x[i] - y[j]) for i, j in itertools.product(range(n), range(m)))

sum(np.exp(a - b) for a, b in itertools.product(x, y))

sum((x[i + 1] - x[i])**2 for i in range(len(x) - 1)) + np.sum(x)

sum(X[i - 1, j]*X[i, j]*np.exp(X[i, j]) for i in range(1, n) for j in range(m))

sum(100*(x[i + 1] - x[i]**2)**2 + (1 - x[i])**2 for i in range(n - 1))*np.e

sum(np.exp(x[n - 1 - i])*y[i] for i in range(n))

sum(np.exp(x[len(x) - 1 - i])*y[i] for i in range(len(x)))

sum(np.exp(a)*b for a, b in zip(x[1:], x[:-1]))

sum(np.exp(x[i]*y[j]*X[i][j]) for i in range(n) for j in range(m))

sum(i*np.log(x[i]) for i in range(n))

sum(c[k]*np.exp(t)**k for k in range(K))

sum(c[k]*A @ x for k in range(K))*np.e

sum(np.outer(x, x) for x in X)*np.e

sum(np.log(np.sum(np.exp(x[i:i + 3]))) for i in range(n - 2))

sum((np.sum(w*x[i:i + 2]) - y[i])**2 for i in range(len(x) - 1))

np.log(sum(np.exp(sum(W[k, j]*x[j] for j in range(n))) for k in range(K)))

sum(np.log(sum(np.exp(X[i] @ W[k]) for k in range(K))) - X[i] @ W[0] for i in range(n))

np.array([np.log(x[i]) for i in range(n)]) @ y

np.array([np.tanh(X[i] @ w) for i in range(n)]) - y

np.linalg.norm(np.array([X[i] @ w - y[i] for i in range(n)]))

np.array([np.exp(x[i + 1] - x[i]) for i in range(len(x) - 1)]) @ y

np.array([np.exp(x[i]) for i in range(1, n)]) @ y

np.array([i*x[i] for i in range(n)]) @ y

np.array([np.linalg.slogdet(np.eye(3)*c[i] + np.outer(x, x))[1] for i in range(n)]) @ y

np.stack([np.exp(A @ x) for x in X])

np.stack([np.exp(A @ x) for x in X], axis=1)

np.vstack([np.exp(A @ x) for x in X]) @ y

np.column_stack([np.exp(A @ x) for x in X])

np.array([[np.exp(-np.linalg.norm(X[i] - X[j])**2) for j in range(n)] for i in range(n)])

c @ np.array([[np.exp(x[i]*y[j]) for j in range(m)] for i in range(n)]) @ d

np.trace(np.array([[X[i] @ Y[j] for j in range(n)] for i in range(n)]))

np.sum([np.exp(A @ x) for x in X], axis=0)

np.sum([np.exp(A @ x) for x in X])

sum(np.exp(X[i, j]) for i in range(n) for j in range(m))

sum(np.exp(v)*np.sin(v) for row in X for v in row)

sum(np.exp(x_j @ y) for x_j in X.T)

sum(np.log(x[i]) for i in range(0, 6, 2)) + np.sum(x)

sum(np.log(x[i]) for i in [0, 2])

sum(np.sum(np.exp(W @ x)) for W in [W1, W2])

sum(np.sum(np.tanh(W @ x + b)) for W, b in [(W1, b1), (W2, b2)])

sum(np.exp(c) for i in range(n)) + np.log(c)

sum(np.exp(x[i]) for i in range(n) for j in range(m))

sum(np.exp(x[i]) for i in range(n) for j in range(i))

np.prod([np.exp(c*x[i]) for i in range(n)])

sum(x[i]*sum(np.exp(y[j]) for j in range(i)) for i in range(n))

sum(np.exp(x[i]) for i in range(n)) + sum(np.log(y[i]) for i in range(m))

sum((v - np.mean(x))**3 for v in x)/len(x)

np.mean([np.exp(x[i]) for i in reversed(range(n))])

sum(np.exp(x[i])*i for i in range(n - 1, -1, -1))

sum(np.log(x[i])/np.log(i + 2) for i in range(n))

loss = 0.0
for i in range(n):
    loss += np.log(1 + np.exp(-y[i]*(X[i] @ w)))
loss/n

def f(w, X, y):
    loss = 0.0
    for x_i, y_i in zip(X, y):
        r = x_i @ w - y_i
        loss = loss + r**2 + np.abs(r)
    return loss/len(y)

s = 0
t = 1.0
for i in range(n):
    s += np.exp(x[i])
    t -= np.log(x[i])
s*t

s = 0
for i in range(n):
    p = 0
    for j in range(m):
        p += W[i, j]*x[j]
    s += np.sin(p - y[i])
s

s = 0
for i in range(n):
    for j in range(n):
        if i == j:
            continue
        s += np.log(np.abs(x[i] - 2*x[j]) + 1)
s

s = 0
for i in range(n):
    if y[i] > 1:
        s += np.log(x[i])
    else:
        s -= x[i]**2
s

s = 0
for i in range(n):
    s += x[i]
    if y[i] > 1:
        continue
    z = np.exp(x[i])
    s += z*y[i]
s

s = 0
for i in range(n):
    if y[i] > 1 and x[i] > 1:
        s += np.log(x[i])
    s += x[i]**2
s

p = 1.0
for i in range(n):
    p *= 1 + np.exp(x[i])
    p /= y[i]
np.log(p)

best = -np.inf
for i in range(n):
    best = max(best, X[i] @ w)
best

best = c
for i in range(n):
    best = np.minimum(best, np.exp(x[i]))
best

total = np.zeros(3)
for x in X:
    total += np.tanh(A @ x)
total @ b

g = 0
for i in range(n):
    g = g + (X[i] @ w - y[i])*X[i]
g/n

losses = []
for x, t in zip(X, y):
    losses.append((x @ w - t)**4)
np.mean(losses)

losses = []
for x, t in zip(X, y):
    losses.append(np.exp(x @ w - t))
sum(losses)/len(losses)

rows = []
for x in X:
    rows.append(np.tanh(A @ x))
np.array(rows) @ b

h = x
for t in range(3):
    h = np.tanh(W @ h + U @ Z[t])
h @ h

for _ in range(4):
    x = x - 0.1*(A @ x - b)
x @ x

h = x
for W, b in zip([W1, W2], [b1, b2]):
    h = np.tanh(W @ h + b)
np.sum(h)

a, b = c, 1.0
for k in range(3):
    a, b = np.exp(-b), a*b
a + b

s = 0
r = 1
for k in range(4):
    r *= c
    if k > 1:
        s += r
s*np.e

h = x
total = 0
for t in range(2):
    h = np.tanh(W @ h)
    for i in range(n):
        total += np.exp(h[i])
total

s = 0
for i in range(n):
    h = c
    for k in range(2):
        h = np.sin(h*x[i])
    s += h
s

s = 0
for i in range(n):
    for k in range(3):
        s += np.exp(k*x[i])
s

def inner(a, b):
    s = 0
    for i in range(len(a)):
        s += np.exp(a[i]*b[i])
    return s
def f(x, y):
    return inner(x, y) + inner(y, y)

for i in range(n):
    c += np.exp(x[i])
c

s = 0
for i in range(1, n):
    s += np.exp(x[i] - x[i - 1])
s

i = 2.0
sum(np.exp(i*x[i]) for i in range(n)) + np.exp(i)

sum(np.exp(x[i]*y[j]) for i in range(n) for j in range(m) if abs(i - j) <= 1)

sum(np.exp(x[i]) for i in range(n) if i < n - 1)

sum(np.exp(x[i]) for i in range(n) if 0 < i < n - 1 and y[i] > 1)

sum(np.maximum(0, 1 + np.exp(x[i] - x[j]) - c) for i in range(n) for j in range(n) if i != j and y[i] < y[j])

c = 3
a = [c*np.exp(x[i]) for i in range(n)]
c = 5
sum(u*v for u, v in zip(a, y))

s = 0
for i in range(n):
    if y[i] > 1:
        s += x[i]
    else:
        continue
    s += np.exp(x[i])
s

s = 0
for i in range(n):
    for j in range(n):
        if i == j:
            continue
        if y[j] < 1:
            s += x[i]*x[j]
        elif y[j] < 1.3:
            s -= np.exp(x[i])
        else:
            s += i*j*x[i]
s

s = 0
for i in range(n):
    if y[i] < 1:
        for j in range(m):
            s += np.exp(W[i, j])
    s -= x[i]
s

s = 0
for a, b in zip(x[:-1], x[1:]):
    s += np.abs(a - b)**3
s

total = 0
for x in X:
    norm = 0
    for v in x:
        norm += v**4
    total += np.sqrt(norm)
total

sum(1/(1 + np.exp(-sum(X[i, k]*w[k] for k in range(len(w))))) for i in range(len(X)))

np.mean([max(0, 1 - y[i]*(X[i] @ w)) for i in range(n)]) + c*np.sum(w**2)

sum(np.exp(x[2*i]) for i in range(2)) + np.sum(x)

sum([np.exp(x[i])*y for i in range(n)])

np.sum([np.exp(x[i])*y for i in range(n)])

sum(sum(np.exp(W[i, j] + x[i]) for j in range(m)) for i in range(n))/(n*m)
"""

NUMPY += r"""
def griewank(x):
    s = 0
    p = 1
    for i in range(len(x)):
        s += x[i]**2/4000
        p *= np.cos(x[i]/np.sqrt(i + 1))
    return s - p + 1

max(i*np.exp(x[i]) for i in range(1, n))

sum(np.exp(b - a)*b for a, b in zip(x, x[1:]))

sum(np.exp(b - a)*c for a, b, c in zip(x[:-2], x[1:], y))

sum(np.linalg.norm(b - a)**3 for a, b in zip(X[1:], X))

np.prod([i + x[i] for i in range(n)])*np.e

math.prod(np.exp(x[i]/(x[j] + 2*i)) for i in range(n) for j in range(n) if i != j)

min(sum(j*np.exp(x[i]*y[j]) for j in range(m)) for i in range(n))

def gmm(X, mu, q):
    ll = 0.0
    for n in range(X.shape[0]):
        s = 0.0
        for k in range(K):
            s += q[k]*np.exp(-0.5*np.sum((X[n] - mu[k])**2))
        ll += np.log(s)
    return ll

sum(np.sum((X[i] - c[k])**2)*r[i, k] for i in range(n) for k in range(K))

sum(np.exp(x[i]*i) for i in np.arange(n))

k = lambda a, b: np.exp(-np.linalg.norm(a - b)**2)
u @ np.array([[k(X[i], X[j]) for j in range(n)] for i in range(n)]) @ u
"""

TORCH = r"""
torch.stack([torch.log(1 + torch.exp(-y[i]*(X[i] @ w))) for i in range(n)]).mean()

torch.stack([(x @ w - t)**2 for x, t in zip(X, y)]).sum()

sum(F.relu(1 - y[i]*(X[i] @ w)) for i in range(len(y)))/len(y) + lam*(w @ w)

F.softmax(torch.stack([X[i] @ w for i in range(n)]), dim=0) @ y

torch.logsumexp(torch.stack([X[i] @ w for i in range(n)]), dim=0)

torch.stack([torch.exp(x[i] - x[j]) for i in range(n) for j in range(n) if i < j]).sum()

torch.stack([torch.tanh(A @ x) for x in X]).norm()

sum(torch.exp(-torch.norm(X[i] - c)**2) for i in range(X.shape[0]))

sum(torch.exp(-torch.norm(X[i] - c)**2) for i in range(X.size(0)))

torch.max(torch.stack([x @ w for x in X]))

loss = torch.zeros(())
for i in range(n):
    loss = loss + torch.log(1 + torch.exp(-y[i]*torch.dot(X[i], w)))
loss/n

def f(w, X, y, lam):
    losses = []
    for x, t in zip(X, y):
        losses.append(F.softplus(-t*(x @ w)))
    return torch.stack(losses).mean() + lam*w.norm()**2

h = x
for t in range(3):
    h = torch.tanh(W @ h + U @ Z[t])
h.sum()

loss = 0
for i in range(n):
    mu = X[i] @ w
    for j in range(m):
        loss += (Y[i, j] - mu*v[j]).pow(2)
loss/(n*m)
"""


def texts(text):
    """Return the texts that stand apart by empty lines."""
    return [part for part in text.strip().split("\n\n") if part.strip()]


def real(text, names):
    """Run a text and return the value of its last expression, or of its last function for arguments by their names."""
    space = {"np": np, "jnp": jnp, "torch": torch, "F": F, "math": math, "itertools": itertools, **names}
    *before, last = ast.parse(text).body
    if isinstance(last, ast.FunctionDef):
        exec(compile(text, "text", "exec"), space)  # noqa: S102
        return space[last.name](*(space[arg.arg] for arg in last.args.args))
    exec(compile(ast.Module(before, []), "text", "exec"), space)  # noqa: S102
    return eval(compile(ast.Expression(last.value), "text", "eval"), space)


def drawn(shapes, dimensions, rng):
    """Return {name: an array of positive entries} for shapes in the language, and {name of a size: the size}."""
    sizes = {}
    named = {word for shape in shapes.values() for size in shape for word in re.findall(r"[A-Za-z]\w*", str(size))}
    for size in sorted(named | ({"n", "m", "K"} & shapes.keys())):
        sizes[size] = len(sizes) + 5
    found = {}
    for name, shape in shapes.items():
        lengths = [eval(size, {}, sizes) if isinstance(size, str) else size for size in shape]
        if name in sizes:
            continue
        if dimensions[name] == 0:
            found[name] = rng.uniform(0.3, 1.7)
        else:
            found[name] = rng.uniform(0.3, 1.7, lengths[: dimensions[name]])
    return found, sizes
