"""Letters: what the shop writes to people, one folder of ``frontend/emails`` for each."""
