"""Benchmarks: ``make bench`` or ``python -m benchmarks`` writes ``benchmarks/RESULTS.md``."""
