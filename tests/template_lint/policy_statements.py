"""A right that a role grants, and a call that needs one."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any


@dataclass(frozen=True, order=True)
class Grant:
    """``owner`` may do ``action`` wherever ``where`` matches."""

    owner: str
    action: str
    where: str

    def covers(self, call: "Call") -> bool:
        return (
            self.owner == call.owner
            and covers(self.action, call.action)
            and covers(self.where, call.resource)
        )


@dataclass(frozen=True, order=True)
class Call:
    """One that was made, or that AWS itself makes under the role of ``owner``."""

    owner: str
    action: str
    resource: str


def covers(patterns: Any, text: str) -> bool:
    """Whether one of a policy's patterns (`*` and `?`) matches."""
    known = patterns if isinstance(patterns, list) else [patterns]
    return any(fnmatchcase(text, pattern.replace("[", "[[]")) for pattern in known)
