"""The code speaks its field's language: required terms are found, banned words are not.

Both lists are in `vocabulary.toml`; GLOSSARY.md is generated from the first one.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from infra.build.bundles import ROOT

VOCABULARY: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("vocabulary.toml").read_text("utf-8")
)
GLOSSARY = ROOT / "GLOSSARY.md"
CAMEL_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def is_exempt(path: Path) -> bool:
    name = str(path.relative_to(ROOT))
    return "__pycache__" in name or any(name.startswith(it) for it in VOCABULARY["exempt"])


def text_files() -> Iterator[Path]:
    for root in VOCABULARY["roots"]:
        for path in sorted((ROOT / root).rglob("*")):
            if path.is_file() and path.suffix in VOCABULARY["suffixes"] and not is_exempt(path):
                yield path
    for document in VOCABULARY["documents"]:
        yield ROOT / document


@cache
def lines_to_check() -> tuple[tuple[str, int, str], ...]:
    """Path, line number and line of every text file; the path itself is line 0."""
    lines = []
    for path in text_files():
        name = str(path.relative_to(ROOT))
        lines.append((name, 0, name))
        lines += [(name, *it) for it in enumerate(path.read_text("utf-8").splitlines(), 1)]
    return tuple(lines)


def as_words(line: str) -> str:
    """``OrderMoved by_desk`` becomes ``Order Moved by desk``."""
    return CAMEL_HUMP.sub(" ", line.replace("_", " "))


def uses_of(rule: dict[str, Any]) -> Iterator[str]:
    word = re.compile(rf"\b({rule['word']})\b", re.IGNORECASE)
    quick = re.compile(rule["word"], re.IGNORECASE)
    allowed = [re.compile(it, re.IGNORECASE) for it in rule.get("allowed", [])]
    only = tuple(rule.get("only", [""]))
    for name, number, line in lines_to_check():
        if not name.startswith(only) or not quick.search(line):
            continue
        rest = line
        for context in allowed:
            rest = context.sub(" ", rest)
        if word.search(as_words(rest)):
            yield f"{name}:{number}: {line.strip()[:120]}"


@pytest.mark.parametrize("rule", VOCABULARY["banned"], ids=lambda rule: rule["word"])
def test_banned_word_is_not_used(rule: dict[str, Any]) -> None:
    uses = list(uses_of(rule))

    assert uses == [], f"Write instead: {rule['instead']}\n" + "\n".join(uses)


@pytest.mark.parametrize("rule", VOCABULARY["required"], ids=lambda rule: rule["concept"])
def test_concept_is_found_by_the_term_of_its_field(rule: dict[str, Any]) -> None:
    missing = [
        path
        for path in rule["where"]
        if not re.search(rule["term"], (ROOT / path).read_text("utf-8"), re.IGNORECASE)
    ]

    assert missing == []


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("class DeskPage:", "desks?"),
        ("def send_letters() -> None:", "letters?"),
        ("# Nobody waits here.", "somebody|anybody|nobody|whoever|whosoever"),
    ],
)
def test_banned_word_is_noticed_inside_names_and_comments(line: str, word: str) -> None:
    assert re.search(rf"\b({word})\b", as_words(line), re.IGNORECASE)


def glossary() -> str:
    """The table of concepts, as GLOSSARY.md holds it."""
    rows = [
        f"| {it['concept']} | {it['meaning']} | "
        + ", ".join(f"[`{path}`]({path})" for path in it["where"])
        + " |"
        for it in VOCABULARY["required"]
    ]
    return "\n".join(
        [
            "# Glossary",
            "",
            "Generated from `tests/unit/vocabulary.toml`: `python -m tests.unit.test_vocabulary`.",
            "",
            "| Concept | Meaning | File |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


def test_glossary_is_up_to_date() -> None:
    assert GLOSSARY.read_text("utf-8") == glossary()


if __name__ == "__main__":
    GLOSSARY.write_text(glossary(), "utf-8")
