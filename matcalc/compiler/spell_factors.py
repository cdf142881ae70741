"""The text of operations with a factorisation that is kept: Cholesky, LU, and that of a thin square plus a diagonal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .pieces import ATOM, grouped

if TYPE_CHECKING:
    from .targets import Target

# the function of any matrix by that of eigenvalues
_OF_ANY = {"exp": "expm", "log": "logm", "sqrt": "sqrtm"}


class FactorSpelling:
    """The part of a :class:`~matcalc.compiler.spell.Speller` that spells factorisations and what uses them."""

    target: Target
    imports: set
    helpers: set

    def _factor_of(self, operation, pieces):
        positive = operation.data
        if self.target.name == "torch":
            name = "torch.linalg.cholesky" if positive else "torch.linalg.lu_factor"
            return f"{name}({pieces[0][0]})", ATOM
        if self.target.name == "numpy" and not positive:
            self.imports |= {"import scipy.linalg", "import scipy.linalg.lapack"}
            self.helpers.add("lu_factor")
            return f"lu_factor({pieces[0][0]})", ATOM
        module = "scipy.linalg" if self.target.name == "numpy" else "jax.scipy.linalg"
        self.imports.add(f"import {module}")
        extra = ", lower=True" if positive else ""
        if self.target.name == "numpy":
            extra += ", check_finite=False"
        return f"{module}.{'cho' if positive else 'lu'}_factor({pieces[0][0]}{extra})", ATOM

    def _factor_solve(self, operation, pieces):
        """A solution by a factorisation; data: (positive definite, with the transposed matrix)."""
        positive, transposed = operation.data
        factor, right = pieces
        if self.target.name == "torch":
            vector = not operation.operands[1].is_matrix
            given = f"{grouped(right, ATOM)}[:, None]" if vector else right[0]
            end = "[:, 0]" if vector else ""
            if positive:
                return f"torch.cholesky_solve({given}, {factor[0]}){end}", ATOM
            extra = ", adjoint=True" if transposed else ""
            return f"torch.linalg.lu_solve(*{factor[0]}, {given}{extra}){end}", ATOM
        module = "scipy.linalg" if self.target.name == "numpy" else "jax.scipy.linalg"
        extra = ", trans=1" if transposed and not positive else ""
        if self.target.name == "numpy":
            extra += ", check_finite=False"
        return f"{module}.{'cho' if positive else 'lu'}_solve({factor[0]}, {right[0]}{extra})", ATOM

    def _low_rank(self, name: str, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        name = {"torch": "tensor_", "jax": "traced_"}.get(self.target.name, "") + name
        self.helpers.add(name)
        return f"{name}({', '.join(text for text, _ in pieces)})", ATOM

    def _low_rank_factor(self, operation, pieces):
        if operation.data is None and len(pieces) == 2:
            return self._low_rank("low_rank_factor", pieces)
        self.imports |= {"import scipy.linalg", "import scipy.linalg.lapack"}
        return self._low_rank("low_rank_factor_within" if len(pieces) > 2 else "low_rank_factor_tried", pieces)

    def _low_rank_solve(self, operation, pieces):
        return self._low_rank("low_rank_solve", pieces)

    def _low_rank_columns(self, operation, pieces):
        return self._low_rank("low_rank_columns_within" if len(pieces) > 1 else "low_rank_columns", pieces)

    def _low_rank_diagonal(self, operation, pieces):
        return self._low_rank("low_rank_diagonal", pieces)

    def _low_rank_trace(self, operation, pieces):
        return self._low_rank("low_rank_trace_by_columns" if len(pieces) > 1 else "low_rank_trace", pieces)

    def _low_rank_square(self, operation, pieces):
        return self._low_rank("low_rank_square", pieces)

    def _low_rank_met(self, operation, pieces):
        return self._low_rank("low_rank_met", pieces)

    def _low_rank_between(self, operation, pieces):
        return self._low_rank("low_rank_between", pieces)

    def _low_rank_between_trace(self, operation, pieces):
        return self._low_rank("low_rank_between_trace", pieces)

    def _low_rank_logdet(self, operation, pieces):
        return self._low_rank("low_rank_logdet_within" if len(pieces) > 1 else "low_rank_logdet", pieces)

    def _low_rank_inverse(self, operation, pieces):
        return self._low_rank("low_rank_inverse_by_columns" if len(pieces) > 1 else "low_rank_inverse", pieces)

    def _symmetric(self, name: str, pieces: list[tuple[str, int]]) -> tuple[str, int]:
        self.imports |= {"import scipy.linalg", "import scipy.linalg.lapack"}
        self.helpers.add(name)
        return f"{name}({', '.join(text for text, _ in pieces)})", ATOM

    def _symmetric_factor(self, operation, pieces):
        return self._symmetric("symmetric_factor", pieces)

    def _symmetric_solve(self, operation, pieces):
        return self._symmetric("symmetric_solve", pieces)

    def _symmetric_logdet(self, operation, pieces):
        return self._symmetric("symmetric_logdet", pieces)

    def _symmetric_inverse(self, operation, pieces):
        return self._symmetric("symmetric_inverse", pieces)

    def _root_change(self, operation, pieces):
        """The derivative of a square root of matrices in a direction."""
        self.helpers.add("sqrtm_frechet")
        return f"sqrtm_frechet({pieces[0][0]}, {pieces[1][0]})", ATOM

    def _eigen(self, operation, pieces):
        if self.target.name == "torch":
            self.helpers.add("symmetric_eigen")
            return f"symmetric_eigen({pieces[0][0]})", ATOM
        if not operation.data:
            return f"numpy.linalg.eigh({pieces[0][0]})", ATOM
        self.helpers.add("positive_eigen")
        return f"positive_eigen({pieces[0][0]})", ATOM

    def _spectral_function(self, operation, pieces):
        """A function of a symmetric matrix; data: (the function of its eigenvalues, whether it is inverted)."""
        if self.target.name == "torch":
            return self._torch_spectral_function(*operation.data, pieces)
        self.helpers.add("function_by_eigenvalues")
        name, inverted = operation.data
        function = f"lambda w: 1 / numpy.{name}(w)" if inverted else f"numpy.{name}"
        return f"function_by_eigenvalues({pieces[0][0]}, {function})", ATOM

    def _torch_spectral_function(self, name, inverted, pieces):
        otherwise = _OF_ANY[name]
        self.helpers.add("spectral_function")
        argument = "w"
        if name in ("log", "sqrt"):
            self.helpers |= {"positive_part", otherwise}
            argument = "positive_part(w)"
        else:
            otherwise = "torch.linalg.matrix_exp"
        function = f"lambda w: {'1 / ' if inverted else ''}torch.{name}({argument})"
        whole = f"lambda X: torch.linalg.inv({otherwise}(X))" if inverted else otherwise
        return f"spectral_function({pieces[0][0]}, {function}, {whole})", ATOM

    def _spectral_change(self, operation, pieces):
        """The derivative of a function of a symmetric matrix in a direction."""
        if self.target.name == "torch":
            otherwise = _OF_ANY[operation.data]
            self.helpers |= {"spectral_change", f"{operation.data}_quotients", f"{otherwise}_frechet"}
            words = f"{operation.data}_quotients, {otherwise}_frechet"
            if operation.data in ("log", "sqrt"):
                self.helpers.add("positive_part")
                words = f"lambda w: {operation.data}_quotients(positive_part(w)), {otherwise}_frechet"
            return f"spectral_change({pieces[0][0]}, {words}, {pieces[1][0]})", ATOM
        self.helpers |= {"change_by_eigenvalues", f"quotients_of_{operation.data}"}
        return f"change_by_eigenvalues({pieces[0][0]}, quotients_of_{operation.data}, {pieces[1][0]})", ATOM

    def _factor_half_solve(self, operation, pieces):
        """The solution of a triangular system with the Cholesky factor; in NumPy's code alone."""
        self.imports.add("import scipy.linalg")
        arguments = f"{pieces[0][0]}[0], {pieces[1][0]}, lower=True, check_finite=False"
        return f"scipy.linalg.solve_triangular({arguments})", ATOM

    def _factor_logdet(self, operation, pieces):
        """Half of the logarithm of the determinant from a Cholesky factor, all of that of its size from LU."""
        name = pieces[0][0]
        factor = name if self.target.name == "torch" and operation.data else f"{name}[0]"
        diagonal = f"{self.target.namespace}.diagonal({factor})"
        if operation.data:
            return f"{self.target.namespace}.sum({self.target.namespace}.log({diagonal}))", ATOM
        inner = f"{self.target.namespace}.log({self.target.namespace}.abs({diagonal}))"
        return f"{self.target.namespace}.sum({inner})", ATOM

    def _factor_inverse(self, operation, pieces):
        """The inverse of a matrix from its Cholesky factor, in NumPy's code also from that by LU."""
        if self.target.name == "torch":
            return f"torch.cholesky_inverse({pieces[0][0]})", ATOM
        if self.target.name == "jax":
            identity = f"jnp.eye(len({pieces[0][0]}[0]), dtype={pieces[0][0]}[0].dtype)"
            return f"jax.scipy.linalg.cho_solve({pieces[0][0]}, {identity})", ATOM
        self.imports.add("import scipy.linalg.lapack")
        name = "inverse_from_cholesky" if operation.data else "inverse_from_lu"
        self.helpers.add(name)
        return f"{name}({pieces[0][0]})", ATOM
