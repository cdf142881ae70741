"""What the commands do; ``matcalc.cli`` declares them."""
