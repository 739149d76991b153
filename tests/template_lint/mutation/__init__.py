"""Mutation test of the template lint: break the template one edge at a time, and lint it."""
