"""What stops the work for a reason that a person can act on."""


class Trouble(Exception):
    """Its text is the one sentence to print: what is wrong, and what to do."""
