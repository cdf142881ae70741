"""Surface trees out: the language itself, Unicode and LaTeX."""
