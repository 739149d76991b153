"""Dead-letter queues: list, redrive or discard messages that failed for good."""
