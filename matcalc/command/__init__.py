"""What the commands do; ``matcalc.command.main`` declares them."""
