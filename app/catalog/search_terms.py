"""The analyser of the search: one way from text to index terms, for products and for queries.

A word gives its folded form (lower case, without accents) and its stems (without the endings of
the plural). Both sides use the same function, so spelling and grammar of one cannot miss the other.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from app.text_policy import to_unicode_form

MIN_STEM_LENGTH = 3  # characters that an ending leaves
MAX_CACHED_WORDS = 20_000
MIN_PART_LENGTH = 3  # characters of a part of a compound word
WORD = re.compile(r"[^\W_]+")  # in any script
POSSESSIVE = re.compile(r"'(?=s\b)")  # "potter's" is one word
# Dropped from words: soft hyphens, joiners, marks of direction, and marks that no character is
# composed with.
DROPPED = re.compile("[\u00ad\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u200c-\u200f\u2060\ufeff]")
TYPOGRAPHIC_APOSTROPHE = "\u2019"  # counts as the plain one
# Strokes and ligatures, which Unicode does not decompose.
UNDECOMPOSED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)
# German umlauts as people write them without the key, as in Lucene's GermanNormalizationFilter. At
# the end of a word they are none ("shoe", "blue").
DIGRAPH = re.compile(r"([ao]|(?<![aeiouq])u)e(?!s?$)")
ENGLISH_ENDINGS = ("s", "e")
GERMAN_ENDINGS = ("ern", "em", "en", "er", "es", "e", "s")
GERMAN_N_AFTER = ("e", "l", "r")  # Gabel, Gabeln

type Stemmer = Callable[[str], str]


def words_of(text: str) -> list[str]:
    """The words and numbers of a text in lower case, with their accents."""
    text = _casefold(text)
    if not text.isascii():
        text = DROPPED.sub("", to_unicode_form("NFC", text))
        text = text.replace(TYPOGRAPHIC_APOSTROPHE, "'")
    return WORD.findall(POSSESSIVE.sub("", text))


def fold(word: str) -> str:
    """The word in lower case and without accents: "Väse" and "VÄSE" are "vase"."""
    if word.isascii():
        return word.lower()
    characters = to_unicode_form("NFKD", _casefold(word))
    return "".join(it for it in characters if not unicodedata.combining(it)).translate(UNDECOMPOSED)


@lru_cache(MAX_CACHED_WORDS)
def terms_of(word: str, language: str) -> tuple[str, ...]:
    """The folded word, then its stems in the languages of the catalog and of its fallback."""
    folded = fold(word)
    spellings = dict.fromkeys((folded, DIGRAPH.sub(r"\1", folded)))
    stems = (stem(spelling) for stem in STEMMERS[language] for spelling in spellings)
    return (folded, *dict.fromkeys(stems))


@lru_cache(MAX_CACHED_WORDS)
def stem_of(word: str, language: str) -> str:
    """The stem in this language, by which synonyms and parts of compounds are compared."""
    folded = fold(word)
    return STEMMERS[language][0](DIGRAPH.sub(r"\1", folded))


def split_compound(word: str, is_known: Callable[[str], bool]) -> tuple[str, ...]:
    """The two parts of a compound word whose second part is known, or nothing.

    The longest known part wins: "Schreibtischlampe" is "Schreib" and "Tischlampe" before
    "Schreibtisch" and "Lampe". Dictionary-based decompounding, as in Lucene's
    DictionaryCompoundWordTokenFilter.
    """
    for at in range(MIN_PART_LENGTH, len(word) - MIN_PART_LENGTH + 1):
        if is_known(word[at:]):
            return word[:at], word[at:]
    return ()


def _casefold(text: str) -> str:
    """Case folding of compatibility characters too: https://www.unicode.org/reports/tr15/"""
    return text.lower() if text.isascii() else to_unicode_form("NFKC", text).casefold()


def english_stem(word: str) -> str:
    """The endings of Harman's S stemmer and the final e of Porter's step 5a, repeatedly.

    Repeating makes every regular plural meet its singular, also canvas and canvases. At the end
    "y" becomes "i" (berry, berries) and "v" becomes "f" (leaf, leaves).
    https://doi.org/10.1002/(SICI)1097-4571(199101)42:1<7::AID-ASI2>3.0.CO;2-P
    https://tartarus.org/martin/PorterStemmer/def.txt
    """
    while len(word) > MIN_STEM_LENGTH and word.endswith(ENGLISH_ENDINGS):
        if word.endswith("ss"):
            break
        word = word[:-1]
    return word[:-1] + {"y": "i", "v": "f"}.get(word[-1:], word[-1:])


def german_stem(word: str) -> str:
    """The plural and case endings of Savoy's light stemmer, as often as they occur.

    Umlauts are gone already: "Krüge" is folded to "kruge" and stemmed to "krug".
    http://members.unine.ch/jacques.savoy/clef/
    """
    while shorter := _without_german_ending(word):
        word = shorter
    return word


def _without_german_ending(word: str) -> str:
    """The word without its longest ending, or "" if it has none."""
    for ending in GERMAN_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= MIN_STEM_LENGTH:
            return word.removesuffix(ending)
    stem = word.removesuffix("n")
    is_plural = stem != word and len(stem) >= MIN_STEM_LENGTH and stem.endswith(GERMAN_N_AFTER)
    return stem if is_plural else ""


STEMMERS: dict[str, tuple[Stemmer, ...]] = {
    "en": (english_stem,),
    "de": (german_stem, english_stem),
}
