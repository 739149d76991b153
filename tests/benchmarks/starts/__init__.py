"""The start benchmark: cold starts and warm requests of the shop and of common alternatives."""
