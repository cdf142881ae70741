"""Texts with the functions that generated code has counterparts of, and their derivatives."""

import re

import matcalc as mc

FUNCTIONS = """
sum(silu(X)) sum(gelu(X)) sum(gelu(X,"tanh")) sum(mish(X)) sum(logcosh(X)) sum(tril(X)@B) sum(triu(X)*X) tril(X,-1)
sum(cumsum(x)*y) sum(cumsum(X,axis=0)*X) sum(cumsum(X,axis=1)*X) sum(cumsum(x.T,axis=1)@y) sum(hstack(X,X*X)**2)
sum(vstack(X,X*X)**2) sum(clip(x,-0.5,0.5)*y) sum(leaky_relu(x,0.1)*y) sum(elu(x)) sum(selu(x)) sum(relu6(x))
sum(hardtanh(x)) sum(huber(x,c)) sum(pinball(x,c)) sum(where(x>y,x**2,y)) sum(where(x!=y,x**2,0)) logdet(X@X.T)
sum(heaviside(x)*x) sum(maximum(x,y)) sum(cholesky(X@X.T+eye(n))*B)
sum(qr_q(X)*B) sum(qr_r(X)*B) sum(lu_l(X+5*eye(n))*B)
sum(lu_u(X+5*eye(n))*B) X[0,1]*X[1,2] sum(X[0:2,1]**2) sum(X[1:,:]**2) sum(x[1:]*x[:-1]) x[i]**2 sum(X[:,j]*x)
X[i,:]@B@X[:,i] sum(matpow(X,3)) tr(X**-2) sum(pinv(X)) sum(adj(X)*B) norm(X,2) norm(X,"nuc") norm(x,p) norm(x,1)
norm(X,inf) max(X) min(X) max(x) prod(X) prod(x) sum(max(X,axis=0)**2) sum(min(X,axis=1)*x) sum(prod(X,axis=0)**2)
prod(X,axis=1).T@x norm(X,axis=1).T@x sum(norm(X,axis=0)**3) logsumexp(x) logsumexp(X) sum(logsumexp(X,axis=0)**2)
sum(logsumexp(X,axis=1)**2) logsumexp(x.T,axis=1) sum(softmax(X)*B) sum(softmax(X,axis=1)*B) softmax(x.T,axis=1)@y
sum(acosh(x*x+2)) sum(exp2(x)) sum(logit(sigmoid(x))) sum(normpdf(x)) sum(normcdf(x)) sum(lognormcdf(3*x))
sum(lgamma(x*x+1)) sum(Gamma(x*x+1)) sum(digamma(x*x+1)) sum(polygamma(2,x*x+1)) sum(sinc(x)) sum(hypot(x,y))
sum(logaddexp(x,y)) sum(logsigmoid(x)) sum(expm(X)*B) sum(logm(X@X.T+eye(n))*B) sum(sqrtm(X@X.T+eye(n))*B)
sum(sylvester(X+5*eye(n),B+5*eye(n),B)) sum(matpow(X,k)*B) sum(eigvals(S)*x) eigmax(S) eigmin(S) sum(eigvecs(S)*B)
sum(eigvecmax(S)*x) sum(eigvecmin(S)*x) sum(svdvals(X)*x) sum(svdu(X)*B) sum(svdv(X)*B) sum(polar(X)*B) var(X) std(x)
sum(var(X,axis=0)**2) sum(std(X,axis=1)) cov(x,y) sum(corr(X)*B) sum(log_softmax(X)*B) (cross(u,w)*w).T@u
sum(skew(u)@w) sum(vee(skew(u)*D)) sort(x).T@y median(x) median(X) sum(diagonal_sums(X)*B) sum(antidiagonal_sums(X)*B)
sum(cyclic_sums(X)*B) sum(x[i]*x[i+1]forIinrange(n-1)) sum(log(1+x[i]**2)*y[i]forIinrange(n)ifIi<2) sum(ones(k2,1))*c*x
comm(n,n)@kron(X,x)@x vec(X).T@kron(B,S)@vec(X) tr(diag(x)@X@diag(y)@B) norm(x)**3 (x.T@X@x)/(x.T@x)
exp(c)*sum(abs(X)**c) tr(kron(X,B)) tr(inv(X)@B)+logdet(X) x.T@inv(B@B.T+c*eye(n))@x y.T@inv(X)@y+x.T@inv(X).T@x
vech(X).T@vech(B) sum(vecp(X)**3) tr(unvech(vech(X)*vech(B),n)@B) sum(unvecp(vecp(X)**2,n)*B) kron(x,X)@y
sum(ptrace(kron(X,B),n,axis=0)*X) sum(ptrace(kron(X,B)@kron(B,X),n,axis=1)**2)
sum(kron(diag(x),X)) sum(hstack(x,y)**2) log(det(X@X.T)) sum(X.T*X@B) logsumexp(X@x)
""".split()
FUNCTIONS = [
    text.replace("forI", " for i").replace("inrange", " in range").replace("ifIi", " if i") for text in FUNCTIONS
]
SIZES = {"X": ("n", "n"), "B": ("n", "n"), "S": ("n", "n"), "D": (3, 3), "x": ("n", 1), "y": ("n", 1), "u": (3, 1),
         "w": (3, 1)}


def derivatives(text):
    """Yield the derivatives of a text by a name of each kind that is in it."""
    for name in ("X", "S", "x", "u"):
        if re.search(rf"\b{name}\b", text):
            shapes = {n: shape for n, shape in SIZES.items() if re.search(rf"\b{n}\b", text)}
            yield mc.diff(text, name, shapes=shapes, assume={"S": ["symmetric"]} if "S" in shapes else None)
            return
