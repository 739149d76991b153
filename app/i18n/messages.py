"""What a rule says: English, and still knowing how it was made, so that a door can translate it.

Rules know no visitor's language. Whoever does not translate, a log or the API, has English.
What is stored is plain text: a door looks it up among the messages once more.
"""

from collections.abc import Mapping
from typing import Any


class Message(str):
    """Text with its pattern and its facts; with ``many``, ``count`` chooses the pattern."""

    pattern: str
    many: str
    facts: Mapping[str, Any]

    def __new__(cls, pattern: str, many: str, facts: Mapping[str, Any]) -> "Message":
        chosen = many if many and facts["count"] != 1 else pattern
        made = super().__new__(cls, chosen % facts if facts else chosen)
        made.pattern, made.many, made.facts = pattern, many, facts
        return made


def said(pattern: str, /, **facts: Any) -> str:
    """A message to be translated; facts stand in it as ``%(name)s``.

    Of the facts, a ``Price`` becomes money and a message is translated itself.
    """
    return Message(pattern, "", facts)


def said_of(count: int, one: str, many: str, /, **facts: Any) -> str:
    """A message about so many of something; ``%(count)s`` is how many."""
    return Message(one, many, {"count": count, **facts})
