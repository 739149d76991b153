"""Bugs planted into the real code, one at a time, to prove that the simulator finds them."""
