"""The load test: simulated shoppers, then assertions on times and counts, and a consistency check.

`shop load` runs it (`run.py`). Locust generates the load in a process of its own, since gevent
patches the standard library; `plan.json` and `records.jsonl` in the run's folder connect the two.
"""
