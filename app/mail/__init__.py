"""Letters: what the shop writes to people, one folder of ``frontend/mail`` for each."""
