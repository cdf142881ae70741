% Functions that MATLAB and Octave lack without packages: generated code gets the text of those that it calls, and of
% those that these call. Each keeps to what both languages have.

function Z = choose(C, A, B)
    % The entries of A where C holds and those of B elsewhere; the sizes broadcast.
    shape = size(double(C) + A + B);
    C = C & true(shape);
    Z = A + zeros(shape);
    B = B + zeros(shape);
    Z(~C) = B(~C);
end

function Y = ratio(A, B)
    % A ./ B, and 0 where both are 0.
    Y = A ./ (B + double(A == 0 & B == 0));
end

function Y = sine_ratio(X)
    % sin(pi*X) ./ (pi*X), and 1 at 0.
    Y = ones(size(X));
    Y(X ~= 0) = sin(pi * X(X ~= 0)) ./ (pi * X(X ~= 0));
end

function Y = lognormcdf(X)
    % The logarithm of the distribution function of the standard normal distribution, accurate far out on the left.
    left = X < -1;
    Y = log1p(-erfc(X / sqrt(2)) / 2);
    Y(left) = log(erfcx(-X(left) / sqrt(2)) / 2) - X(left) .^ 2 / 2;
end

function Y = softmax(X, dim)
    % exp(X) ./ sum(exp(X)) along a dimension, shifted by the largest entry.
    Y = exp(X - max(X, [], dim));
    Y = Y ./ sum(Y, dim);
end

function y = logsumexp(X, dim)
    % log(sum(exp(X))) along a dimension, shifted by the largest entry.
    shift = max(X, [], dim);
    shift(~isfinite(shift)) = 0;
    y = log(sum(exp(X - shift), dim)) + shift;
end

function Y = hardmax(X)
    % 1 at the largest entry and 0 elsewhere; equal largest entries share the 1.
    Y = double(X == max(max(X)));
    Y = Y / sum(sum(Y));
end

function Y = hardmax_along(X, dim)
    % 1 at the largest entry along a dimension and 0 elsewhere; equal largest entries of a line share the 1.
    Y = double(X == max(X, [], dim));
    Y = Y ./ sum(Y, dim);
end

function Y = prod_others(X)
    % At each place the product of all other entries.
    zero = X == 0;
    entries = X;
    entries(zero) = 1;
    product = prod(prod(entries));
    count = sum(sum(zero));
    if count == 0
        Y = product ./ entries;
    else
        Y = product * double(zero & count == 1);
    end
end

function Y = norm_along(X, dim)
    % The 2-norm of each line along a dimension, by its largest entry, so that no square overflows.
    scale = max(abs(X), [], dim);
    scale(scale == 0 | isinf(scale)) = 1;
    Y = scale .* sqrt(sum(abs(X ./ scale) .^ 2, dim));
end

function Y = prod_others_along(X, dim)
    % At each place the product of the other entries along a dimension.
    zero = X == 0;
    entries = X;
    entries(zero) = 1;
    count = sum(zero, dim);
    Y = prod(entries, dim) ./ entries .* double((count == 0) | (zero & (count == 1)));
end

function Y = prod_pairs(x)
    % At (i, j) the product of all entries but the i-th and the j-th, 0 on the diagonal.
    n = numel(x);
    Y = zeros(n);
    for i = 1:n
        for j = [1:i - 1, i + 1:n]
            Y(i, j) = prod(x([1:min(i, j) - 1, min(i, j) + 1:max(i, j) - 1, max(i, j) + 1:n]));
        end
    end
end

function y = logdet(X)
    % The logarithm of the absolute value of the determinant, without the determinant.
    [~, U] = lu(X);
    y = sum(log(abs(diag(U))));
end

function y = log_det(X)
    % log(det(X)) without the determinant, which overflows; NaN where it is negative.
    [~, U, P] = lu(X);
    d = diag(U);
    if det(P) * prod(sign(d)) < 0
        y = NaN;
    else
        y = sum(log(abs(d)));
    end
end

function Y = adjugate(X)
    % The transposed matrix of cofactors by singular values, of singular X too (Stewart 1998).
    [U, S, V] = svd(X);
    Y = det(U) * det(V) * V * diag(prod_others(diag(S))) * U';
end

function Y = adj_frechet(X, E)
    % The derivative of the adjugate at X in the direction E, by singular values.
    [U, S, V] = svd(X);
    pairs = prod_pairs(diag(S));
    turned = U' * E * V;
    Y = det(U) * det(V) * V * (diag(pairs * diag(turned)) - pairs .* turned) * U';
end

function J = adj_jacobian(X)
    % The derivative of the vec of the adjugate by the vec of X.
    n = size(X, 1);
    J = zeros(n * n);
    for k = 1:n * n
        E = zeros(n);
        E(k) = 1;
        J(:, k) = reshape(adj_frechet(X, E), [], 1);
    end
end

function Q = qr_q(X)
    % The orthonormal factor for a positive diagonal of the other one.
    [Q, R] = qr(X, 0);
    Q = Q .* sign(diag(R))';
end

function R = qr_r(X)
    % The upper triangular factor, its diagonal positive.
    [~, R] = qr(X, 0);
    R = sign(diag(R)) .* R;
end

function L = lu_l(X)
    % The unit lower triangular factor, without an exchange of rows.
    L = X / lu_u(X);
end

function U = lu_u(X)
    % The upper triangular factor, without an exchange of rows.
    U = X;
    for k = 1:size(U, 1) - 1
        U(k + 1:end, :) = U(k + 1:end, :) - U(k + 1:end, k) / U(k, k) * U(k, :);
    end
    U = triu(U);
end

function factor = lu_factor(A)
    % The factors of A, for lu_solve and lu_logdet.
    [factor.L, factor.U, factor.p] = lu(A, 'vector');
end

function X = lu_solve(factor, B)
    % The solution of A * X = B.
    X = factor.U \ (factor.L \ B(factor.p, :));
end

function X = lu_solve_transposed(factor, B)
    % The solution of A' * X = B.
    X = zeros(size(B));
    X(factor.p, :) = factor.L' \ (factor.U' \ B);
end

function L = frechet(f, X, E)
    % The Frechet derivative of the function f at X in the direction E (Higham 2008, 3.16).
    n = size(X, 1);
    scale = norm(X, 1) / max(norm(E, 1), realmin);
    if scale == 0
        scale = 1;
    end
    Y = f([X, scale * E; zeros(n), X]);
    L = Y(1:n, n + 1:2 * n) / scale;
end

function Y = phi1(X)
    % The sum of X^k / factorial(k + 1) (Higham 2008, 10.22).
    n = size(X, 1);
    Y = expm([X, eye(n); zeros(n, 2 * n)]);
    Y = Y(1:n, n + 1:2 * n);
end

function V = eigvecs(X)
    % Orthonormal eigenvectors in the order of the ascending eigenvalues, in each the first of the largest entries
    % positive.
    [V, D] = eig((X + X') / 2);
    [~, order] = sort(diag(D));
    V = V(:, order) .* signs(V(:, order));
end

function P = eigprojmax(X)
    % v * v' of the unit eigenvector v of the largest eigenvalue of a symmetric or hermitian matrix.
    [V, values] = eig((X + ctranspose(X)) / 2);
    [~, place] = max(real(diag(values)));
    P = V(:, place) * ctranspose(V(:, place));
end

function v = eigvecmax(X)
    % The unit eigenvector of the largest eigenvalue, the first of its largest entries positive.
    V = eigvecs(X);
    v = V(:, end);
end

function v = eigvecmin(X)
    % The unit eigenvector of the smallest eigenvalue, the first of its largest entries positive.
    V = eigvecs(X);
    v = V(:, 1);
end

function s = signs(V)
    % The sign of the first of the largest entries of each column, ties within 1e-6.
    s = ones(1, size(V, 2));
    for j = 1:size(V, 2)
        k = find(abs(V(:, j)) >= max(abs(V(:, j))) * (1 - 1e-6), 1);
        if V(k, j) < 0
            s(j) = -1;
        end
    end
end

function U = svdu(X)
    % The left singular vectors, in each the first of the largest entries positive.
    [U, ~, ~] = svd(X, 'econ');
    U = U .* signs(U);
end

function V = svdv(X)
    % The right singular vectors that belong to svdu.
    [U, ~, V] = svd(X, 'econ');
    V = V .* signs(U);
end

function U = polar(X)
    % The factor with orthonormal columns or rows of X = U * H.
    [U, ~, V] = svd(X, 'econ');
    U = U * V';
end

function S = skew(x)
    % The matrix of the cross product with x from the left.
    S = [0, -x(3), x(2); x(3), 0, -x(1); -x(2), x(1), 0];
end

function x = vee(X)
    % The x of which skew(x) is the skew part of X.
    x = [X(3, 2) - X(2, 3); X(1, 3) - X(3, 1); X(2, 1) - X(1, 2)] / 2;
end

function P = sortperm(x)
    % The permutation matrix that sorts.
    [~, order] = sort(x);
    P = eye(numel(x));
    P = P(order, :);
end

function Y = hardmedian(X)
    % 1 at the middle entry, or 1/2 at each of the two in the middle.
    n = numel(X);
    [~, order] = sort(reshape(X, [], 1));
    Y = zeros(size(X));
    for k = [floor((n + 1) / 2), floor(n / 2) + 1]
        Y(order(k)) = Y(order(k)) + 0.5;
    end
end

function Y = tied_sums(X, groups)
    % At each place the sum of the entries with its number in groups.
    totals = accumarray(reshape(groups, [], 1), reshape(X, [], 1));
    Y = reshape(totals(groups), size(X));
end

function Y = diagonal_sums(X)
    % At each place the sum of the entries of its diagonal.
    n = size(X, 1);
    Y = tied_sums(X, (1:n)' - (1:n) + n);
end

function Y = antidiagonal_sums(X)
    % At each place the sum of the entries of its antidiagonal.
    n = size(X, 1);
    Y = tied_sums(X, (1:n)' + (1:n));
end

function Y = cyclic_sums(X)
    % At each place the sum of the entries of its diagonal, which continues at the other side.
    n = size(X, 1);
    Y = tied_sums(X, mod((1:n)' - (1:n), n) + 1);
end

function K = commutation(n, m)
    % The matrix with K * vec(X) = vec(X') for X of n rows and m columns.
    K = eye(n * m);
    K = K(reshape(reshape(1:n * m, n, m)', [], 1), :);
end

function C = batched_product(A, B)
    % The products of A(:, :, k) and B(:, :, k), for every k.
    C = zeros(size(A, 1), size(B, 2), size(A, 3));
    for k = 1:size(A, 3)
        C(:, :, k) = A(:, :, k) * B(:, :, k);
    end
end

function Y = ptrace(X, k, axis)
    % The sum over the second index of rows and columns, over the first one where axis is 0.
    r = size(X, 1) / k;
    s = size(X, 2) / k;
    Y = zeros(r, s);
    for i = 1:k
        if axis == 0
            Y = Y + X((i - 1) * r + 1:i * r, (i - 1) * s + 1:i * s);
        else
            Y = Y + X(i:k:end, i:k:end);
        end
    end
end

function X = unvech(x, n)
    % The symmetric matrix with these columns in its lower triangle.
    X = zeros(n);
    X(tril(true(n))) = x;
    X = X + tril(X, -1)';
end

function X = unvecp(x, n)
    % The strictly lower triangular matrix with these columns.
    X = zeros(n);
    X(tril(true(n), -1)) = x;
end

function Y = elim_rows(M)
    % elim(n) * M.
    n = round(sqrt(size(M, 1)));
    Y = M(reshape(tril(true(n)), [], 1), :);
end

function Y = strict_rows(M)
    % elim(n, -1) * M.
    n = round(sqrt(size(M, 1)));
    Y = M(reshape(tril(true(n), -1), [], 1), :);
end

function Y = dup_rows(M)
    % dup(n) * M.
    n = floor(sqrt(2 * size(M, 1)));
    places = reshape(unvech((1:size(M, 1))', n), [], 1);
    Y = M(places, :);
end

function Y = elim_columns(M)
    % elim(n)' * M.
    n = floor(sqrt(2 * size(M, 1)));
    Y = zeros(n * n, size(M, 2));
    Y(reshape(tril(true(n)), [], 1), :) = M;
end

function Y = strict_columns(M)
    % elim(n, -1)' * M.
    n = ceil(sqrt(2 * size(M, 1)));
    Y = zeros(n * n, size(M, 2));
    Y(reshape(tril(true(n), -1), [], 1), :) = M;
end

function Y = dup_columns(M)
    % dup(n)' * M.
    n = round(sqrt(size(M, 1)));
    places = reshape(reshape(1:n * n, n, n)', [], 1);
    Y = elim_rows(M + reshape(1 - eye(n), [], 1) .* M(places, :));
end
