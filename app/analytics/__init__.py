"""Figures: what was sold, counted once however often it is told."""
