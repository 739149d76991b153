"""Grants of roles and calls that need them, with the matching of IAM's wildcards."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any


@dataclass(frozen=True, order=True)
class Grant:
    """``owner`` may do ``action`` on every resource that ``resource_pattern`` matches."""

    owner: str
    action: str
    resource_pattern: str

    def covers(self, call: "Call") -> bool:
        return (
            self.owner == call.owner
            and pattern_matches(self.action, call.action)
            and pattern_matches(self.resource_pattern, call.resource)
        )


@dataclass(frozen=True, order=True)
class Call:
    """A recorded call, or one that AWS itself makes with the role of ``owner``."""

    owner: str
    action: str
    resource: str


def pattern_matches(patterns: Any, text: str) -> bool:
    """Whether one of a policy's patterns (with `*` and `?`) matches."""
    alternatives = patterns if isinstance(patterns, list) else [patterns]
    return any(fnmatchcase(text, pattern.replace("[", "[[]")) for pattern in alternatives)
