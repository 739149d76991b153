"""The local console: emails, dead-letter queues, faults, merchant sign-in. Never deployed."""
