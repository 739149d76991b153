"""Bad inputs: the catalog row by row, and random requests (fuzzing)."""
