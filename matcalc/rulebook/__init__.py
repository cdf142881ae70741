"""The rules as data: entries, the files they stand in, and the conditions they ask for."""
