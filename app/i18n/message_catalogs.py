"""The words of each language but English: `frontend/locales/<code>.po`, and compiled as `.mo`."""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "frontend" / "locales"
WRITTEN_IN = "en"


@cache
def words_of(code: str) -> NullTranslations:
    """Bundles bring the words compiled. The working tree never does: there they cannot be stale."""
    if code == WRITTEN_IN:
        return NullTranslations()
    staged = FOLDER / f"{code}.mo"
    content = staged.read_bytes() if staged.exists() else compiled(FOLDER / f"{code}.po")
    return GNUTranslations(BytesIO(content))


def compiled(source: Path) -> bytes:
    from babel.messages.mofile import write_mo  # noqa: PLC0415 (bundles have no need of it)
    from babel.messages.pofile import read_po  # noqa: PLC0415

    made = BytesIO()
    with source.open("rb") as lines:
        write_mo(made, read_po(lines))
    return made.getvalue()
