"""The part of Markdown that long descriptions may have, parsed into values for a template.

The template escapes every text, so raw HTML is shown as it was typed; other links than https and
paths of the shop stay text. https://commonmark.org/help/
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from typing import Literal, NamedTuple

type InlineKind = Literal["text", "strong", "em", "link"]
type BlockKind = Literal["p", "h2", "h3", "ul", "ol"]

INLINE = re.compile(
    r"\*\*(?P<strong>[^*]{1,200})\*\*"
    r"|\*(?P<em>[^*]{1,200})\*"
    r"|\[(?P<label>[^\[\]]{1,200})\]\((?P<href>https://[^\s()\"<>]{1,300}|/(?:[^\s()\"<>/\\][^\s()\"<>\\]{0,300})?)\)"
)
MARKS = re.compile(r"(?P<heading>#{1,4}) |(?P<bullet>[-*+]) |(?P<number>[0-9]{1,3})[.)] ")


class Inline(NamedTuple):
    """A run of text; ``href`` is set for a link."""

    kind: InlineKind
    text: str
    href: str = ""


class Block(NamedTuple):
    """A paragraph or heading with one item, or a list of several."""

    kind: BlockKind
    items: tuple[tuple[Inline, ...], ...]


@lru_cache(maxsize=256)
def parse_markdown(text: str) -> tuple[Block, ...]:
    """Headings, paragraphs, lists, bold and italic text, and links; all else is plain text."""
    lines = [_line(line.strip()) for line in text.split("\n")]
    blocks = []
    for kind, group in groupby(lines, key=lambda it: it[0]):
        texts = [content for _, content in group]
        if kind in ("ul", "ol"):
            blocks.append(Block(kind, tuple(tuple(_inlines(it)) for it in texts)))
        elif kind == "p":
            blocks.append(Block(kind, (tuple(_inlines(" ".join(texts))),)))
        elif kind:
            blocks += [Block(kind, (tuple(_inlines(it)),)) for it in texts]
    return tuple(blocks)


def _line(line: str) -> tuple[BlockKind | None, str]:
    """The kind of block that the line belongs to, ``None`` if it is blank, and its text."""
    if not (marks := MARKS.match(line)):
        return ("p" if line else None), line
    text = line[marks.end() :]
    if not marks["heading"]:
        return ("ul" if marks["bullet"] else "ol"), text
    return ("h2" if len(marks["heading"]) < 3 else "h3"), text


def _inlines(text: str) -> Iterator[Inline]:
    end = 0
    for match in INLINE.finditer(text):
        if match.start() > end:
            yield Inline("text", text[end : match.start()])
        end = match.end()
        kind: InlineKind = "link" if match["href"] else "strong" if match["strong"] else "em"
        text_of_kind = match["label"] or match["strong"] or match["em"]
        yield Inline(kind, text_of_kind, match["href"] or "")
    if end < len(text):
        yield Inline("text", text[end:])
