"""Events as they were written by each version, and the readers of those versions. Never changed."""
