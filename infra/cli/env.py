"""`shop env`: the settings with which the AWS CLI uses the running local cloud."""

import shlex
from collections.abc import Iterator, Mapping

from infra.cli.terminal import STATE_FOLDER
from infra.local.cloud import LocalCloud

# Left over from an AWS account, these would take precedence over the printed key or spoil it.
CONFLICTING_VARIABLES = ("AWS_PROFILE", "AWS_SESSION_TOKEN")


def env() -> None:
    """Print export lines for the AWS CLI: the local cloud's address and its current key.

    Use them with `eval "$(.venv/bin/shop env)"`. The key changes with each start of the shop.
    """
    for line in shell_lines(LocalCloud.running_in(STATE_FOLDER).env):
        print(line)  # not by rich, which would wrap long lines


def shell_lines(variables: Mapping[str, str]) -> Iterator[str]:
    """Commands for a POSIX shell."""
    yield f"unset {' '.join(CONFLICTING_VARIABLES)}"
    for name, value in variables.items():
        yield f"export {name}={shlex.quote(value)}"
