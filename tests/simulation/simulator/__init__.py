"""Deterministic simulator: the app's functions in one process, on a virtual clock, with faults."""
