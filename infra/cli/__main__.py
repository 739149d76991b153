"""Entry point of the `shop` command."""

import sys

from infra.user_error import INTERRUPTED


def main() -> None:
    """Load the sub-commands, which takes a second, and run one of them."""
    try:
        from infra.cli.commands import main as run  # noqa: PLC0415 (Ctrl-C may come meanwhile)
    except KeyboardInterrupt:
        print("Interrupted. Nothing was started. Repeat the command.", file=sys.stderr)
        sys.exit(INTERRUPTED)
    run()


if __name__ == "__main__":
    main()
