"""matcalc as tools that agents and editors call, by the Model Context Protocol."""
