"""The error that an operator or developer can act on; commands print it without a traceback."""

INTERRUPTED = 130  # exit code after Ctrl-C: 128 and the number of SIGINT, as a shell has it
CAN_BE_REPEATED = "Interrupted before the end. The command can be repeated."


class UserError(Exception):
    """Its text says what went wrong and what to do next."""

    exit_code = 1


class Interrupted(UserError):
    """Ctrl-C in a command; the text says what it leaves."""

    exit_code = INTERRUPTED
