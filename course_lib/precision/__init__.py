"""Numbers of few bits, simulated in NumPy's or CuPy's floats.

fixed_point.py     <IL, FL>: rounding to nearest, stochastic rounding, products with a wide accumulator
"""
