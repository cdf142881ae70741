"""What optimisation takes from derivatives: expansions, Newton steps, implicit functions, conditions of optimality."""
