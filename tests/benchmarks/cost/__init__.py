"""What an order costs: two designs in one process, each call counted as AWS bills it."""
