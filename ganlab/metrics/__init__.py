"""Measures: tensors in, numbers out, no side effects.

``distances`` compares sets of pictures, ``fidelity`` a picture with its truth.
"""
