"""Inputs from public bug reports of similar systems; each test names its report."""
