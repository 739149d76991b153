"""The local console: map, orders, emails, dead-letter queues, faults, merchant sign-in. Never deployed."""
