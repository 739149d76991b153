"""The naive twin: the same shop in the design of many samples, as the baseline of the benchmarks.

It has one function for all pages, a table with full indexes for each query, an order that is saved
and then published (dual write), a cart row per line, stock updated by a consumer, a Standard
workflow with a function per step, and a log of every input. It loses events, oversells and sends
emails twice, as ``tests/simulation/museum`` shows; the benchmarks measure its cost only.
"""
