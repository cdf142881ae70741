"""Products whose kind only shapes can tell."""
