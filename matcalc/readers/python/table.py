"""The functions of NumPy, PyTorch, JAX, TensorFlow and SciPy that are read, and what each means.

One line each, continued after a backslash: names | parameters | meaning. The meaning is written with NumPy's operators
and the operations of :mod:`meanings`. numpy also stands for jax.numpy, scipy for jax.scipy, a leading dot for a method,
torch: for one of torch alone, F for torch.nn.functional, tf for tensorflow. E: stands for numpy, torch, tf and math
alike, and for the method.
"""

TABLE = r"""
# entry by entry
E:exp | x | exp(x)
E:log | x | log(x)
E:log2 | x | log2(x)
E:log10 | x | log10(x)
E:log1p | x | log1p(x)
E:expm1 | x | expm1(x)
E:exp2 | x | 2**x
E:sqrt | x | sqrt(x)
E:sin | x | sin(x)
E:cos | x | cos(x)
E:tan | x | tan(x)
E:asin numpy.arcsin torch.arcsin | x | asin(x)
E:acos numpy.arccos torch.arccos | x | acos(x)
E:atan numpy.arctan torch.arctan | x | atan(x)
E:asinh numpy.arcsinh torch.arcsinh | x | asinh(x)
E:acosh numpy.arccosh torch.arccosh | x | acosh(x)
E:atanh numpy.arctanh torch.arctanh | x | atanh(x)
E:atan2 numpy.arctan2 torch.arctan2 | y, x | atan2(y, x)
E:sinh | x | sinh(x)
E:cosh | x | cosh(x)
E:tanh F.tanh jax.nn.tanh tf.nn.tanh | x | tanh(x)
E:abs numpy.absolute numpy.fabs torch.absolute math.fabs abs | x | abs(x)
E:sign torch.sgn | x | sign(x)
numpy.conj numpy.conjugate torch.conj tf.math.conj .conj .conjugate | x | conj(x)
numpy.real torch.real tf.math.real | x | real(x)
numpy.imag torch.imag tf.math.imag | x | imag(x)
numpy.angle torch.angle tf.math.angle .angle | x | angle(x)
E:square | x | x**2
E:pow numpy.power numpy.float_power torch.float_power pow | x, p | x**p
E:reciprocal | x | 1/x
torch.rsqrt tf.rsqrt jax.lax.rsqrt .rsqrt | x | 1/sqrt(x)
E:negative torch.neg .neg | x | -x
E:add | a, b, alpha=1 | a + alpha*b
E:subtract torch.sub .sub | a, b, alpha=1 | a - alpha*b
E:multiply torch.mul .mul | a, b | a*b
E:divide numpy.true_divide torch.div torch.true_divide tf.truediv .div | a, b | a/b
E:maximum numpy.fmax torch.fmax | a, b | maximum(a, b)
E:minimum numpy.fmin torch.fmin | a, b | minimum(a, b)
E:clip torch.clamp tf.clip_by_value .clamp | x, low=None, high=None | clip(x, low, high)
E:hypot | x, y | hypot(x, y)
E:logaddexp | x, y | logaddexp(x, y)
scipy.special.xlogy torch.xlogy tf.xlogy | x, y | x*log(y)
torch.lerp .lerp | a, b, weight | a + weight*(b - a)
torch.sigmoid F.sigmoid jax.nn.sigmoid tf.sigmoid tf.nn.sigmoid scipy.special.expit .sigmoid | x | sigmoid(x)
torch.logit scipy.special.logit jax.nn.logit .logit | p | logit(p)
torch.erf scipy.special.erf tf.erf math.erf .erf | x | erf(x)
torch.erfc scipy.special.erfc tf.erfc math.erfc .erfc | x | erfc(x)
torch.lgamma scipy.special.gammaln scipy.special.loggamma tf.lgamma math.lgamma .lgamma | x | lgamma(x)
scipy.special.gamma math.gamma | x | Gamma(x)
torch.digamma scipy.special.digamma scipy.special.psi tf.digamma .digamma | x | digamma(x)
torch.polygamma scipy.special.polygamma tf.polygamma | n, x | polygamma(n, x)
scipy.special.ndtr jax.scipy.stats.norm.cdf scipy.stats.norm.cdf tf.ndtr | x | normcdf(x)
scipy.special.log_ndtr jax.scipy.stats.norm.logcdf scipy.stats.norm.logcdf | x | lognormcdf(x)
torch.erfinv torch.special.erfinv scipy.special.erfinv jax.scipy.special.erfinv tf.math.erfinv .erfinv | x | erfinv(x)
torch.special.ndtri scipy.special.ndtri tf.math.ndtri | p | norminv(p)
scipy.stats.norm.ppf jax.scipy.special.ndtri jax.scipy.stats.norm.ppf | p | norminv(p)
scipy.stats.norm.pdf jax.scipy.stats.norm.pdf | x | normpdf(x)
numpy.sinc torch.sinc | x | sinc(x)
torch.relu F.relu jax.nn.relu tf.nn.relu .relu | x | relu(x)
E:greater torch.gt .gt | a, b | greater(a, b)
E:greater_equal torch.ge .ge | a, b | greater_equal(a, b)
E:less torch.lt .lt | a, b | less(a, b)
E:less_equal torch.le .le | a, b | less_equal(a, b)
E:equal torch.eq .eq | a, b | equal(a, b)
E:not_equal torch.ne .ne | a, b | not_equal(a, b)
E:logical_and | a, b | logical_and(a, b)
E:logical_or | a, b | logical_or(a, b)
E:logical_not | a | logical_not(a)
numpy.where torch.where tf.where jax.lax.select | condition, a, b | where(condition, a, b)
F.relu6 jax.nn.relu6 tf.nn.relu6 | x | minimum(maximum(x, 0), 6)
F.hardtanh | x, min_val=-1, max_val=1 | minimum(maximum(x, min_val), max_val)
F.leaky_relu jax.nn.leaky_relu | x, negative_slope=0.01 | leaky_relu(x, negative_slope)
tf.nn.leaky_relu | x, alpha=0.2 | leaky_relu(x, alpha)
F.elu jax.nn.elu tf.nn.elu | x, alpha=1 | elu(x, alpha)
F.selu jax.nn.selu tf.nn.selu | x | selu(x)
F.softplus jax.nn.softplus tf.nn.softplus tf.softplus | x | softplus(x)
F.logsigmoid jax.nn.log_sigmoid tf.log_sigmoid | x | -softplus(-x)
F.silu jax.nn.silu jax.nn.swish tf.nn.silu tf.nn.swish | x | silu(x)
F.mish jax.nn.mish tf.nn.mish | x | mish(x)
F.gelu tf.nn.gelu | x, approximate="none" | gelu(x, approximate)
jax.nn.gelu | x, approximate=True | gelu(x, approximate)
F.softsign jax.nn.soft_sign tf.nn.softsign | x | x/(1 + abs(x))

# sums, means and the like
numpy.sum torch.sum tf.reduce_sum .sum sum | X, axis=None, keepdims=False | sum(X, axis, keepdims)
numpy.mean torch.mean tf.reduce_mean .mean statistics.mean | X, axis=None, keepdims=False | mean(X, axis, keepdims)
numpy.average | X, axis=None | mean(X, axis, False)
numpy.prod torch.prod tf.reduce_prod .prod math.prod | X, axis=None, keepdims=False | prod(X, axis, keepdims)
numpy.max numpy.amax torch.amax tf.reduce_max .max .amax | X, axis=None, keepdims=False | \
    extreme("max", X, axis, keepdims)
torch.max torch:.max | X, axis=None, keepdims=False | extreme_and_place("max", X, axis, keepdims)
max torch:max | X, other=None, axis=None, keepdims=False | extreme_of("max", X, other, axis, keepdims)
numpy.min numpy.amin torch.amin tf.reduce_min .min .amin | X, axis=None, keepdims=False | \
    extreme("min", X, axis, keepdims)
torch.min torch:.min | X, axis=None, keepdims=False | extreme_and_place("min", X, axis, keepdims)
min torch:min | X, other=None, axis=None, keepdims=False | extreme_of("min", X, other, axis, keepdims)
numpy.var tf.reduce_variance .var | X, axis=None, ddof=0, keepdims=False | variance(X, axis, ddof, keepdims)
torch.var torch:.var | X, axis=None, unbiased=True, keepdims=False, correction=None | torch_variance(X, axis, \
    unbiased, keepdims, correction)
numpy.std tf.reduce_std .std | X, axis=None, ddof=0, keepdims=False | sqrt(variance(X, axis, ddof, keepdims))
torch.std torch:.std | X, axis=None, unbiased=True, keepdims=False, correction=None | sqrt(torch_variance(X, axis, \
    unbiased, keepdims, correction))
numpy.cov | X, y=None, rowvar=True, bias=False, ddof=None | covariance(X, y, rowvar, bias, ddof)
torch.cov | X, correction=1 | covariance(X, None, True, False, correction)
numpy.corrcoef | X, y=None, rowvar=True | correlation(X, y, rowvar)
torch.corrcoef | X | correlation(X, None, True)
numpy.median .median statistics.median | x | median(x)
numpy.quantile torch.quantile jax.numpy.quantile | a, q | quantile(a, q)
numpy.percentile jax.numpy.percentile | a, q | percentile(a, q)
numpy.sort .sort | x, axis=-1 | sort(x)
numpy.cumsum torch.cumsum .cumsum | X, axis=None | cumsum(X, axis)
tf.cumsum tf.math.cumsum | X, axis=0 | cumsum(X, axis)
numpy.cross torch.cross torch.linalg.cross numpy.linalg.cross tf.linalg.cross | a, b | cross(a, b)
torch.tril numpy.tril jax.numpy.tril .tril | X | tril(X)
torch.triu numpy.triu jax.numpy.triu .triu | X | triu(X)
numpy.linalg.cholesky torch.linalg.cholesky torch.cholesky tf.linalg.cholesky .cholesky | X | cholesky(X)
torch.logsumexp jax.nn.logsumexp scipy.special.logsumexp tf.reduce_logsumexp .logsumexp | X, axis=None, \
    keepdims=False | logsumexp(X, axis, keepdims)
torch.softmax F.softmax jax.nn.softmax tf.nn.softmax .softmax | X, axis=-1 | softmax(X, axis)
scipy.special.softmax | X, axis=None | softmax(X, axis)
torch.log_softmax F.log_softmax jax.nn.log_softmax tf.nn.log_softmax .log_softmax | X, axis=-1 | X - logsumexp(X, \
    axis, True)
scipy.special.log_softmax | X, axis=None | X - logsumexp(X, axis, True)
numpy.linalg.norm torch.linalg.norm scipy.linalg.norm | X, ord=None, axis=None, keepdims=False | norm(X, ord, \
    axis, keepdims)
torch.norm torch:.norm | X, ord=None, axis=None, keepdims=False | entries_norm(X, ord, axis, keepdims)
numpy.linalg.vector_norm torch.linalg.vector_norm | X, ord=2, axis=None, keepdims=False | entries_norm(X, ord, \
    axis, keepdims)
tf.norm tf.linalg.norm | X, ord=None, axis=None, keepdims=False | entries_norm(X, ord, axis, keepdims)
numpy.linalg.matrix_norm torch.linalg.matrix_norm | X, ord=None | matrix_norm(X, ord)
torch.dist | x, y, ord=2 | entries_norm(x - y, ord, None, False)
len | x | size(x, 0)
numpy.size torch.numel tf.size .numel | x, axis=None | size(x, axis)

# products
numpy.matmul torch.matmul .matmul jax.lax.dot | A, B | A @ B
torch.mm .mm | A, B | matrix_product(A, B)
torch.mv .mv | A, x | matrix_vector(A, x)
numpy.dot .dot | a, b | numpy_dot(a, b)
torch.dot torch:.dot torch.linalg.vecdot numpy.vecdot | a, b | vector_dot(a, b)
numpy.vdot torch.vdot .vdot | a, b | all_dot(conj(a), b)
numpy.inner torch.inner .inner | a, b | a @ transposed(b)
numpy.outer torch.outer torch.ger numpy.linalg.outer .outer .ger | a, b | outer(a, b)
numpy.kron torch.kron scipy.linalg.kron .kron | A, B | kron(A, B)
numpy.tensordot torch.tensordot tf.tensordot jax.numpy.tensordot | A, B, axes=2 | tensordot(A, B, axes)
numpy.linalg.multi_dot torch.linalg.multi_dot | factors | chain(factors)
tf.matmul tf.linalg.matmul | A, B, transpose_a=False, transpose_b=False | matrix_product(turned(A, transpose_a), \
    turned(B, transpose_b))
tf.linalg.matvec tf.matvec | A, x, transpose_a=False | matrix_vector(turned(A, transpose_a), x)
torch.addmm .addmm | M, A, B, beta=1, alpha=1 | beta*M + alpha*matrix_product(A, B)
torch.addmv .addmv | v, A, x, beta=1, alpha=1 | beta*v + alpha*matrix_vector(A, x)
F.linear | x, W, b=None | linear(x, W, b)

# matrices
numpy.trace torch.trace tf.linalg.trace .trace | X | tr(X)
numpy.linalg.det torch.det torch.linalg.det tf.linalg.det scipy.linalg.det .det | X | det(X)
torch.logdet tf.linalg.logdet .logdet | X | logdet(X)
numpy.linalg.slogdet torch.linalg.slogdet torch.slogdet tf.linalg.slogdet .slogdet | X | sign_and_logdet(X)
numpy.linalg.inv torch.linalg.inv torch.inverse tf.linalg.inv scipy.linalg.inv .inverse | X | inv(X)
numpy.linalg.pinv torch.linalg.pinv torch.pinverse tf.linalg.pinv scipy.linalg.pinv .pinverse | X | pinv(X)
numpy.linalg.solve torch.linalg.solve tf.linalg.solve scipy.linalg.solve | A, B | solve(A, B)
numpy.linalg.matrix_power torch.linalg.matrix_power torch.matrix_power .matrix_power | X, k | matpow(X, k)
scipy.linalg.expm torch.matrix_exp torch.linalg.matrix_exp tf.linalg.expm .matrix_exp | X | expm(X)
scipy.linalg.logm tf.linalg.logm | X | logm(X)
scipy.linalg.sqrtm tf.linalg.sqrtm | X | sqrtm(X)
numpy.linalg.eigvalsh torch.linalg.eigvalsh scipy.linalg.eigvalsh tf.linalg.eigvalsh | X | eigenvalues(X)
numpy.linalg.svdvals torch.linalg.svdvals scipy.linalg.svdvals | X | singular_values(X)
numpy.diag torch.diag .diag | X | diag(X)
numpy.diagonal torch.diagonal numpy.linalg.diagonal torch.linalg.diagonal tf.linalg.diag_part \
    tf.linalg.tensor_diag_part .diagonal | X | diagonal(X)
torch.diag_embed numpy.diagflat torch.diagflat tf.linalg.diag tf.linalg.tensor_diag | x | diagonal_matrix(x)
numpy.eye numpy.identity torch.eye tf.eye | n, m=None | eye(n, m)
numpy.ones torch.ones tf.ones | *shape | filled("ones", shape)
numpy.zeros torch.zeros tf.zeros | *shape | filled("zeros", shape)
numpy.ones_like torch.ones_like tf.ones_like | x | filled_like("ones", x)
numpy.zeros_like torch.zeros_like tf.zeros_like | x | filled_like("zeros", x)

# the same entries in another form
numpy.transpose tf.transpose .transpose | X, *axes | transpose(X, axes)
torch.transpose numpy.swapaxes torch.swapaxes .swapaxes numpy.permute_dims torch.permute .permute | X, *axes | \
    transpose(X, axes)
torch.t .t | X | transposed(X)
numpy.matrix_transpose numpy.linalg.matrix_transpose tf.linalg.matrix_transpose | X | \
    matrix_transpose(X)
.adjoint torch.adjoint tf.linalg.adjoint | X | matrix_transpose(conj(X))
numpy.ravel torch.ravel torch.flatten .ravel .flatten | X | ravel(X)
numpy.reshape torch.reshape tf.reshape .reshape .view | X, *shape | reshape(X, shape)
numpy.expand_dims torch.unsqueeze tf.expand_dims .unsqueeze | x, axis | expanded(x, axis)
numpy.squeeze torch.squeeze tf.squeeze .squeeze | x | squeezed(x)
numpy.concatenate numpy.concat torch.cat torch.concat torch.concatenate tf.concat | parts, axis=0 | joined(parts, axis)
numpy.vstack torch.vstack | parts | joined(parts, "rows")
numpy.hstack torch.hstack | parts | joined(parts, "end")
numpy.column_stack torch.column_stack | parts | joined(parts, "columns")
numpy.stack torch.stack tf.stack | parts, axis=0 | stacked(parts, axis)
jax.lax.stop_gradient tf.stop_gradient torch.detach .detach | x | detach(x)
numpy.array numpy.asarray numpy.copy torch.tensor torch.as_tensor torch.asarray torch.from_numpy torch.clone float \
    | x | same(x)
tf.constant tf.convert_to_tensor tf.identity tf.Variable jax.device_put | x | same(x)
.clone .contiguous .copy .float .double .cpu .cuda .numpy | x | same(x)
tf.cast .astype .to .type | x, kind | same(x)

# losses
F.mse_loss | x, y, reduction="mean" | reduced((x - y)**2, reduction)
F.l1_loss | x, y, reduction="mean" | reduced(abs(x - y), reduction)
F.huber_loss | x, y, reduction="mean", delta=1 | reduced(huber(x - y, delta), reduction)
F.smooth_l1_loss | x, y, reduction="mean", beta=1 | reduced(huber(x - y, beta)/beta, reduction)
F.binary_cross_entropy | p, y, reduction="mean" | reduced(-y*log(p) - (1 - y)*log(1 - p), reduction)
F.binary_cross_entropy_with_logits | z, y, reduction="mean" | reduced(softplus(z) - y*z, reduction)
F.soft_margin_loss | z, y, reduction="mean" | reduced(softplus(-y*z), reduction)
F.poisson_nll_loss | z, y, reduction="mean" | reduced(exp(z) - y*z, reduction)
F.kl_div | z, p, reduction="mean" | reduced(p*(log(p) - z), reduction)
F.cross_entropy | z, p, reduction="mean" | reduced(cross_entropy(z, p), reduction)
F.cosine_similarity torch.cosine_similarity \
    | x, y, axis=1 | sum(x*y, axis)/(entries_norm(x, 2, axis)*entries_norm(y, 2, axis))
F.normalize | x, ord=2, axis=1 | x/entries_norm(x, ord, axis, True)
tf.nn.l2_loss | x | sum(x**2)/2
tf.nn.softmax_cross_entropy_with_logits | labels, logits | cross_entropy(logits, labels)
tf.nn.sigmoid_cross_entropy_with_logits | labels, logits | softplus(logits) - labels*logits
optax.l2_loss | x, y=0 | (x - y)**2/2
optax.softmax_cross_entropy | logits, labels | cross_entropy(logits, labels)
optax.sigmoid_binary_cross_entropy | logits, labels | softplus(logits) - labels*logits
"""

# what is made first and called then: nn.MSELoss()(x, y)
LAYERS = {
    "MSELoss": "mse_loss",
    "L1Loss": "l1_loss",
    "HuberLoss": "huber_loss",
    "SmoothL1Loss": "smooth_l1_loss",
    "BCELoss": "binary_cross_entropy",
    "BCEWithLogitsLoss": "binary_cross_entropy_with_logits",
    "SoftMarginLoss": "soft_margin_loss",
    "KLDivLoss": "kl_div",
    "CrossEntropyLoss": "cross_entropy",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "ReLU": "relu",
    "Softplus": "softplus",
    "SiLU": "silu",
    "GELU": "gelu",
    "Softmax": "softmax",
    "LogSoftmax": "log_softmax",
}

# what cannot be read, and what to do
REFUSED = {
    "einsum": ("einsum takes its letters first", 'write einsum("ij,j->i", A, x)'),
    "bmm": ("products of batches have three dimensions", "take one pair of matrices: A @ B"),
    "baddbmm": ("products of batches have three dimensions", "take one pair of matrices: A @ B"),
    "qr": ("factorisations are not read", "write the matrix itself"),
    "svd": ("factorisations are not read", "write the matrix itself, or its norm"),
    "eigh": ("factorisations are not read", "write eigmax(A) or eigmin(A) for the outermost eigenvalues"),
    "eig": ("factorisations are not read", "write eigmax(A) or eigmin(A) for the outermost eigenvalues"),
    "grad": ("gradients are what matcalc finds", "give the function itself"),
    "value_and_grad": ("gradients are what matcalc finds", "give the function itself"),
    "vmap": ("maps over a batch are not read", "write the products with whole matrices"),
    "nll_loss": ("losses by the index of a class are not read", "write F.cross_entropy with one-hot rows"),
    "one_hot": ("indices of classes are not read", "give the one-hot rows as a matrix Y"),
    "dropout": ("random functions are not read", "leave dropout out"),
}
