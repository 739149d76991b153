"""Nothing that shoppers read is untranslated, out of date, or translated into something broken."""

import re

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from app.i18n.locales import LANGUAGES
from app.i18n.message_catalogs import FOLDER, WRITTEN_IN
from infra.cli.translate import extracted, translated

OTHERS = sorted(set(LANGUAGES) - {WRITTEN_IN})
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%|#(?= )|<[^>]+>")
WHAT_TO_DO = "run `.venv/bin/shop translate`, then fill in frontend/locales/*.po"


def words_in(code: str) -> Catalog:
    with (FOLDER / f"{code}.po").open("rb") as lines:
        return read_po(lines, locale=code)


def forms(message: Message, of: str) -> tuple[str, ...]:
    said = getattr(message, of)
    return (said,) if isinstance(said, str) else tuple(said)


@pytest.mark.parametrize("code", OTHERS)
def test_every_message_is_translated_and_no_translation_is_left_over(code: str) -> None:
    said = {message.id for message in extracted() if message.id}
    done = {message.id for message in words_in(code) if message.id and translated(message)}

    assert (said - done, done - said) == (set(), set()), WHAT_TO_DO


@pytest.mark.parametrize("code", OTHERS)
def test_no_translation_is_only_a_guess(code: str) -> None:
    assert [it.id for it in words_in(code) if it.id and it.fuzzy] == [], WHAT_TO_DO


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_keeps_placeholders_and_markup_and_adds_none(code: str) -> None:
    """A quotation mark of the keyboard would end the attribute that a translation may stand in."""
    for message in words_in(code):
        if message.id:
            one, *_, many = forms(message, "id") * 2
            for place, form in enumerate(forms(message, "string")):
                wanted = PLACEHOLDER.findall(many if place else one)
                assert sorted(PLACEHOLDER.findall(form)) == sorted(wanted), message.id
                assert '"' not in PLACEHOLDER.sub("", form), message.id


def test_templates_translate_nothing_but_texts_of_their_own() -> None:
    """``_(text)`` takes markup as it is; what comes from elsewhere goes through ``|said``."""
    templates = [*FOLDER.parent.glob("templates/**/*.html"), *FOLDER.parent.glob("emails/**/*.*")]
    assert templates
    for template in templates:
        assert re.findall(r"\b_\((?![\"'])", template.read_text()) == [], template.name
