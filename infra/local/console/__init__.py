"""The local console: map, orders, logs, emails, dead-letter queues, faults. Never deployed."""
