"""The algebra: interned nodes of known shape, and the constructors that keep them canonical."""
