"""The independent auditor: reads the books row by row and says what does not hold.

It asks no rule of the shop. What it knows of prices, statuses and events it knows a second time,
in its own words: an auditor who asks the bookkeeper finds nothing.

    books = Books(orders=[plain(item) for item in ...], stock=..., provider=..., ...)
    breaches = [*at_any_time(books), *at_rest(books)]
    print(told(breaches))

``at_any_time`` holds after every single write, also while orders are under way. The books must be
of one moment, so in an open shop they are read again until two readings are the same. ``at_rest``
holds once nothing moves any more: queues drained, every order closed. What is not to be had, as
letters on AWS, is left out of the books (``None``), and its checks with it.
"""

from app.verification.snapshot import Books, Breach, Deed, SentLetter, plain
from app.verification.verifier import at_any_time, at_rest, told

__all__ = ["Books", "Breach", "Deed", "SentLetter", "at_any_time", "at_rest", "plain", "told"]
