"""The budget of an order in batches of ten: the maximum of each unit that AWS bills."""

MAX_UNITS_PER_ORDER = {
    "write_units": 95,  # one order in seven is a little larger than a kilobyte, by its names
    "read_units": 17,  # an order's rows are about 4 KB, sometimes a little more
    "function_requests": 4.2,
    "queue_requests": 9.6,
    "topic_publishes": 3,
    "transitions": 6,
    "api_requests": 1,
    "emails": 2,
    "log_bytes": 13_000,  # some forty lines with their context; spans are half of them
}
