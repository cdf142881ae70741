"""What compares an answer with torch: derivatives, rules, steps, accumulations."""
