"""Benchmarks: cold starts, cost per order, and the naive twin they compare with."""
