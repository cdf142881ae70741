"""What a surface tree is worth at a point, by torch; knows the language and the rule book, and no engine."""
