"""Mutation testing of the code: change one expression of a function, and see if a test fails.

`shop mutation-test --code` runs it. Orders, payments, stock, carts, idempotency, the outbox and the
workers are mutated; the unit tests and the simulator judge. Strings and log lines are not mutated:
a wrong one is a wrong text and not wrong data.

https://en.wikipedia.org/wiki/Mutation_testing
"""
