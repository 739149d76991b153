"""The simulator: the shop's real functions in one process, on a virtual clock, in bad weather."""
