"""Random ids of requests and spans: unique, but no secrets."""

import os
from hashlib import sha256
from itertools import count

# One random value for each process, and a counter: an id costs no system call. A test that
# replaces the sources of chance therefore sees the same run with and without these ids.
_process = os.urandom(16)
_numbers = count()


def renew_process() -> None:
    """Take a new random value, in a process that is a copy of another one."""
    global _process  # noqa: PLW0603
    _process = os.urandom(16)


def new_span_id() -> str:
    """16 hexadecimal digits, the first of which is a to f: no id looks like a card number."""
    digits = sha256(b"%s%d" % (_process, next(_numbers))).hexdigest()
    return f"{'abcdef'[int(digits[0], 16) % 6]}{digits[1:16]}"
