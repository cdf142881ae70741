"""matcalc in IPython and Jupyter: magics, and errors without tracebacks."""
