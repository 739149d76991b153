from dataclasses import dataclass
from datetime import UTC, datetime
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.i18n.currency import Money
from app.i18n.locales import ENGLISH, GERMAN, Language, find_language
from app.i18n.message_catalogs import compile_catalog
from app.i18n.messages import lazy_gettext, lazy_ngettext

PLURALS = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "%(count)s mug"
msgid_plural "%(count)s mugs"
msgstr[0] "%(count)s taso"
msgstr[1] "%(count)s tasoj"
"""


@dataclass(frozen=True)
class FileLanguage(Language):
    """A language whose message catalog is one `.po` file."""

    po_file: Path = Path()

    @property
    def catalog(self) -> GNUTranslations:
        return GNUTranslations(BytesIO(compile_catalog(self.po_file)))


def test_lazy_message_is_english_until_translated() -> None:
    message = lazy_gettext("Only %(count)s left. Change the quantity.", count=3)

    assert message == "Only 3 left. Change the quantity."
    assert GERMAN.translate(message) == "Nur noch 3 verfügbar. Ändere die Anzahl."


def test_money_and_message_arguments_are_translated_too() -> None:
    message = lazy_gettext("%(amount)s", amount=Money(4_800))

    assert message == "€48.00"
    assert GERMAN.translate(message) == "48,00\xa0€"
    assert GERMAN.translate(lazy_gettext("%(field)s!", field=lazy_gettext("Paid"))) == "Bezahlt!"


def test_count_selects_the_plural_form(tmp_path: Path) -> None:
    po_file = tmp_path / "eo.po"
    po_file.write_text(PLURALS)
    language = FileLanguage("eo", "eo", "Esperanto", po_file=po_file)
    one, two = (lazy_ngettext(count, "%(count)s mug", "%(count)s mugs") for count in (1, 2))

    assert (one, two) == ("1 mug", "2 mugs")
    assert (language.translate(one), language.translate(two)) == ("1 taso", "2 tasoj")


@given(st.text())
def test_untranslated_message_stays_unchanged(text: str) -> None:
    assert [it.translate(lazy_gettext("%(text)s", text=text)) for it in (ENGLISH, GERMAN)] == [
        text,
        text,
    ]


def test_stored_plain_text_is_translated() -> None:
    assert GERMAN.translate("Paid") == "Bezahlt"
    assert GERMAN.translate("") == ""  # gettext would return the header of the file


@pytest.mark.parametrize(
    ("language", "formatted"),
    [
        (ENGLISH, ("-€1,234.50", "1.45", "24 November 2026")),
        (GERMAN, ("-1.234,50\xa0€", "1,45", "24. November 2026")),
    ],
)
def test_money_numbers_and_days_are_formatted_for_the_language(
    language: Language, formatted: tuple[str, ...]
) -> None:
    day = datetime(2026, 11, 24, tzinfo=UTC)

    assert (
        language.format_money(-123_450),
        language.format_number(1.45),
        language.format_day(day),
    ) == formatted


def test_country_names_are_sorted_without_regard_to_accents() -> None:
    names = list(GERMAN.country_names(["ZA", "AT", "DE", "NO"]).values())

    assert names == ["Deutschland", "Norwegen", "Österreich", "Südafrika"]


@pytest.mark.parametrize("code", ["", None, "xx", "DE", "../de"])
def test_unsupported_language_falls_back_to_english(code: str | None) -> None:
    assert find_language(code) is ENGLISH
