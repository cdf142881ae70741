"""The computational graph of an expression, forward and reverse accumulation over it, and its drawings."""
