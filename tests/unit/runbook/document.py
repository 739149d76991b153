"""Runbook and deploy guide as data: commands, queries of CloudWatch Logs Insights, and names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from infra.build.bundles import ROOT

RUNBOOK, GUIDE = ROOT / "infra/RUNBOOK.md", ROOT / "infra/DEPLOYING.md"
INLINE_CODE = re.compile(r"`([^`]+)`")  # may continue on the next line
BLOCK = re.compile(r"(?:^    \s*\S.*\n)+", re.MULTILINE)
LOG_GROUP = re.compile(r"/aws/lambda/STACK-[a-z-]+")


@dataclass(frozen=True)
class Query:
    """A query of CloudWatch Logs Insights, and the log group that the text above it names."""

    log_group: str
    text: str

    @property
    def stages(self) -> list[str]:
        return [stage.strip() for stage in self.text.split(" | ")]

    @property
    def pattern(self) -> str:
        """What its filter looks for in a line, a regular expression."""
        match = re.search(r"filter @message like /(.+)/$", "\n".join(self.stages), re.MULTILINE)
        return match[1] if match else ""


@cache
def read_runbook() -> str:
    return "\n".join(it.read_text("utf-8") for it in (RUNBOOK, GUIDE))


def code() -> Iterator[str]:
    """Inline code and indented lines, each with single spaces; a backslash joins two lines."""
    for match in INLINE_CODE.finditer(read_runbook()):
        yield " ".join(match[1].split())
    for block in BLOCK.findall(read_runbook()):
        for line in block.replace("\\\n", " ").splitlines():
            yield " ".join(line.split())


def commands(program: str) -> list[str]:
    """The quoted commands of one program, each once, also those inside of `$(...)`."""
    found = (it for line in code() for it in (line, *re.findall(r"\$\(([^()]+)\)", line)))
    return list(dict.fromkeys(it for it in found if it.startswith(f"{program} ")))


def queries() -> list[Query]:
    found = []
    for match in BLOCK.finditer(read_runbook()):
        text = " ".join(match[0].split())
        if text.startswith(("fields ", "filter ")):
            groups = LOG_GROUP.findall(read_runbook(), 0, match.start())
            found.append(Query(groups[-1] if groups else "", text))
    return found


def names() -> set[str]:
    """What the code quotes of names that begin with the stack's: `STACK-orders`, `STACK/secret`."""
    return {
        name
        for it in code()
        for name in re.findall(r"(?:/aws/lambda/)?(?<![\w-])STACK[-/][a-z-]*[a-z]", it)
    }
