"""Values of surface trees without rounding: modulo powers of a prime, as fractions, as balls around the true value."""
