"""Breaks the wiring one edge at a time, to see whether anybody notices."""
