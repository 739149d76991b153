"""Deterministic simulation, exhaustive models, and the museum of defects."""
