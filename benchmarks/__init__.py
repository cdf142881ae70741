"""Measurements of matcalc, as ratios and exponents of one run: python -m benchmarks"""
