"""From an expression to its derivative: linearise, transpose, identify, lay out, shorten."""
