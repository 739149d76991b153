"""Typo correction: the known word that differs from a typed one by the fewest edits.

The rules are Algolia's: one typo from four characters on, two from eight, and a typo in the first
character counts twice. Words of three characters may have two of them swapped.
https://www.algolia.com/doc/guides/managing-results/optimize-search-results/typo-tolerance/
"""

from collections.abc import Iterable

MIN_LENGTH = 3
MIN_LENGTH_ONE_TYPO = 4
MIN_LENGTH_TWO_TYPOS = 8


def correct_word(word: str, known: Iterable[tuple[str, str]]) -> str:
    """The best of the known words, or "". ``known`` pairs a word with each form to compare.

    Of equally similar words the first one in alphabetical order is returned.
    """
    allowed = _allowed_typos(word)
    candidates = (
        (typos, spelling)
        for form, spelling in known
        if abs(len(form) - len(word)) <= allowed and (typos := _typos(word, form)) <= allowed
    )
    return min(candidates, default=(0, ""))[1]


def _allowed_typos(word: str) -> int:
    if len(word) < MIN_LENGTH:
        return 0
    return 2 if len(word) >= MIN_LENGTH_TWO_TYPOS else 1


def _typos(word: str, form: str) -> int:
    if len(word) < MIN_LENGTH_ONE_TYPO and sorted(word) != sorted(form):
        return MIN_LENGTH  # only swapped characters count
    return edit_distance(word, form) + (word[0] != form[0])


def edit_distance(left: str, right: str) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours that turn one into the other.

    Optimal string alignment: https://en.wikipedia.org/wiki/Damerau-Levenshtein_distance
    """
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, character in enumerate(left):
        earlier, before, row = before, row, [i + 1]
        for j, other in enumerate(right):
            edits = min(before[j + 1] + 1, row[j] + 1, before[j] + (character != other))
            if i and j and character == right[j - 1] and left[i - 1] == other:
                edits = min(edits, earlier[j - 1] + 1)
            row.append(edits)
    return row[-1]
