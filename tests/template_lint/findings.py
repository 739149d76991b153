"""A finding of a rule: the resource, what is wrong with it, and what to do."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Finding:
    """``subject`` distinguishes several findings of one rule for one resource."""

    resource: str
    advice: str
    subject: str = ""
    rule: str = ""

    @property
    def key(self) -> str:
        """The key by which the template's metadata suppresses it: ``W8``, ``W18 sns:Publish``."""
        return f"{self.rule} {self.subject}".strip()

    def with_rule(self, rule: str) -> "Finding":
        return replace(self, rule=rule)

    def __str__(self) -> str:
        return f"{self.rule} {self.resource}: {self.advice}"
