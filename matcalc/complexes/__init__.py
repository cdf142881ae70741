"""Complex names: an expression in z and conj(z) as an analytic one of two independent names, and back."""
