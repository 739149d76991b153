"""Sales figures: each order event is counted once, and added up to a report."""
