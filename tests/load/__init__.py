"""The load test: people shop, by the hundred if need be; then it judges, and the books are audited.

`shop load` leads it (`running.py`). Locust makes the load in a process of its own, since it changes
how Python waits; what it does there stands in `plan.py`, what it saw in `notes.py`, both in the
run's own folder.
"""
