"""Text of product descriptions that other shops export as HTML. Markup never gets further."""

from html.parser import HTMLParser

BLOCKS = frozenset(
    {
        *("address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "figure", "footer"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "section"),
        *("table", "tr", "ul"),
    }
)
SKIPPED = frozenset({"script", "style", "template", "title", "head"})


class _TextReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.skipped = 0

    def handle_starttag(self, tag: str, _attributes: object) -> None:
        self.skipped += tag in SKIPPED
        if tag in BLOCKS:
            self.parts.append("\n- " if tag == "li" else "\n")

    def handle_endtag(self, tag: str) -> None:
        self.skipped -= tag in SKIPPED and self.skipped > 0
        if tag in BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.skipped:
            self.parts.append(data)


def text_of_html(html: str) -> list[str]:
    """The lines of a text with or without markup; those of a list begin with "- "."""
    if "<" not in html and "&" not in html:
        text = html
    else:
        reader = _TextReader()
        reader.feed(html.replace("\\n", "\n"))
        reader.close()
        text = "".join(reader.parts)
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return [line for line in lines if line.strip("- ")]


def shortened(text: str, max_length: int) -> str:
    """At most this many characters, cut between words, with an ellipsis."""
    if len(text) <= max_length:
        return text
    cut = text[: max_length - 1].rpartition(" ")[0] or text[: max_length - 1]
    return f"{cut.rstrip(' ,;:')}…"
