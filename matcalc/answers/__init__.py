"""What the interface hands out: the rule book in force, and what derivatives share when they are shown."""
