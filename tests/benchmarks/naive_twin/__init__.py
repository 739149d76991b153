"""The naive twin: the same shop as it is usually taught, for ours to stand beside.

Honestly built, and as many samples build it: one function for all pages, a table with a full index
for each question, the order put and then published, a cart row for each line, stock taken by a
consumer, a Standard workflow with a function for each step, every input logged. It loses events,
oversells and mails twice, as ``tests/simulation/museum`` shows; what it costs is asked here.
"""
