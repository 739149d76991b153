"""Synonyms and ignored words of the search, one text file for each language."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.catalog.search_terms import stem_of, words_of

IGNORED = "ignored:"


@dataclass(frozen=True)
class Synonyms:
    """What one language's file says. ``rules`` are sorted by the first stem of their left side."""

    ignored: frozenset[str]
    words: frozenset[str]
    rules: dict[str, list[tuple[frozenset[str], tuple[str, ...]]]]

    def of(self, stems: Set[str]) -> Iterator[str]:
        """The words that also find a text with these stems; rules are not chained."""
        for stem in stems:
            for phrase, words in self.rules.get(stem, ()):
                if phrase <= stems:
                    yield from words


@cache
def load_synonyms(language: str) -> Synonyms:
    """Read the file of a language, once per process."""
    lines = (Path(__file__).parent / f"{language}.txt").read_text("utf-8").splitlines()
    ignored = [line for line in lines if line.startswith(IGNORED)]
    rules = defaultdict(list)
    words: set[str] = set()
    for phrase, added in _rules(line for line in lines if line not in ignored):
        stems = [stem_of(word, language) for word in words_of(phrase)]
        rules[stems[0]].append((frozenset(stems), added))
        words.update(words_of(phrase), *map(words_of, added))
    ignored_words = words_of(" ".join(line.removeprefix(IGNORED) for line in ignored))
    return Synonyms(frozenset(ignored_words), frozenset(words), dict(rules))


def _rules(lines: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A phrase and the words it adds: "a, b" is "a => b" and "b => a"."""
    for line in lines:
        phrase, arrow, added = line.partition("#")[0].partition("=>")
        words = [word.strip() for word in (added if arrow else phrase).split(",") if word.strip()]
        if arrow:
            yield phrase, tuple(words)
        else:
            yield from ((word, tuple(it for it in words if it != word)) for word in words)
