"""Message catalogs: the translations in `frontend/locales/<code>.po`, compiled to `.mo`."""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

LOCALES_FOLDER = Path(__file__).parents[2] / "frontend" / "locales"
SOURCE_LANGUAGE = "en"


@cache
def load_message_catalog(code: str) -> NullTranslations:
    """Load a catalog. Bundles contain compiled files; the working tree compiles from source."""
    if code == SOURCE_LANGUAGE:
        return NullTranslations()
    mo_file = LOCALES_FOLDER / f"{code}.mo"
    content = (
        mo_file.read_bytes() if mo_file.exists() else compile_catalog(LOCALES_FOLDER / f"{code}.po")
    )
    return GNUTranslations(BytesIO(content))


def compile_catalog(po_file: Path) -> bytes:
    """Return the content of the `.mo` file for a `.po` file."""
    from babel.messages.mofile import write_mo  # noqa: PLC0415 (bundles contain no compiler)
    from babel.messages.pofile import read_po  # noqa: PLC0415

    mo_file = BytesIO()
    with po_file.open("rb") as lines:
        write_mo(mo_file, read_po(lines))
    return mo_file.getvalue()
