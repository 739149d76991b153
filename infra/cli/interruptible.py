"""Run a module as ``python -m`` does; Ctrl-C ends it with one sentence, also while it is loaded.

It imports little itself, so there is hardly a moment in which Ctrl-C shows a traceback.
"""

import runpy
import sys

from infra.user_error import CAN_BE_REPEATED, INTERRUPTED


def main() -> None:
    """The arguments are the name of a module, then its own."""
    del sys.argv[0]
    try:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    except KeyboardInterrupt:
        print(CAN_BE_REPEATED, file=sys.stderr)
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
