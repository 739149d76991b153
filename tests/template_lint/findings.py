"""What a rule has found: where, and what to do about it."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Finding:
    """``about`` tells findings of one rule at one place apart, where it may have several."""

    place: str
    advice: str
    about: str = ""
    rule: str = ""

    @property
    def key(self) -> str:
        """What the template's metadata calls it when it excuses it: ``W8``, ``W18 sns:Publish``."""
        return f"{self.rule} {self.about}".strip()

    def under(self, rule: str) -> "Finding":
        return replace(self, rule=rule)

    def __str__(self) -> str:
        return f"{self.rule} {self.place}: {self.advice}"
