"""The error that an operator or developer can act on; commands print it without a traceback."""


class UserError(Exception):
    """Its text says what went wrong and what to do next."""
