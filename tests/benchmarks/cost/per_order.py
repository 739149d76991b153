"""The budget of an order in batches of ten: the maximum of each unit that AWS bills."""

MAX_UNITS_PER_ORDER = {
    "write_units": 62,  # some orders are a little larger than a kilobyte, by their names
    "read_units": 9.7,  # an order's rows are about 4 KB, sometimes a little more
    "sandbox_write_units": 7,
    "sandbox_read_units": 4,
    "function_requests": 4.2,
    "queue_requests": 9.6,
    "topic_publishes": 0.31,
    "transitions": 3,  # Charge, Pack, Ship
    "api_requests": 1,
    "emails": 2,
    "log_bytes": 11_200,  # some twenty lines with their context; spans are two thirds of them
}
