"""The message catalogs are complete and valid."""

import re

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from app.i18n.locales import LANGUAGES
from app.i18n.message_catalogs import LOCALES_FOLDER, SOURCE_LANGUAGE
from infra.cli.translate import extract_messages, is_translated

TRANSLATED = sorted(set(LANGUAGES) - {SOURCE_LANGUAGE})
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%|#(?= )|<[^>]+>")
# German law prescribes the label of the pay button: https://www.gesetze-im-internet.de/bgb/__312j.html
OMITTED = {("de", "Pay %(total)s"): {"%(total)s"}}
HOW_TO_FIX = "run `.venv/bin/shop translate`, then fill in frontend/locales/*.po"


def read_catalog(code: str) -> Catalog:
    with (LOCALES_FOLDER / f"{code}.po").open("rb") as lines:
        return read_po(lines, locale=code)


def forms(message: Message, of: str) -> tuple[str, ...]:
    value = getattr(message, of)
    return (value,) if isinstance(value, str) else tuple(value)


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_message_is_translated_and_every_translation_used(code: str) -> None:
    used = {message.id for message in extract_messages() if message.id}
    translated = {
        message.id for message in read_catalog(code) if message.id and is_translated(message)
    }

    assert (used - translated, translated - used) == (set(), set()), HOW_TO_FIX


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_translation_is_fuzzy(code: str) -> None:
    assert [message.id for message in read_catalog(code) if message.id and message.fuzzy] == [], (
        HOW_TO_FIX
    )


@pytest.mark.parametrize("code", TRANSLATED)
def test_translation_keeps_placeholders_and_markup(code: str) -> None:
    """A translation may be in an HTML attribute, which a straight quotation mark would end."""
    for message in read_catalog(code):
        if message.id:
            singular, *_, plural = forms(message, "id") * 2
            for index, form in enumerate(forms(message, "string")):
                source = PLACEHOLDER.findall(plural if index else singular)
                omitted = OMITTED.get((code, str(message.id)), set())
                expected = sorted(found for found in source if found not in omitted)
                assert sorted(PLACEHOLDER.findall(form)) == expected, message.id
                assert '"' not in PLACEHOLDER.sub("", form), message.id


def test_templates_translate_only_literal_texts() -> None:
    """``_()`` does not escape its text, so only literals go in; other texts use ``|translate``."""
    templates = [
        *LOCALES_FOLDER.parent.glob("templates/**/*.html"),
        *LOCALES_FOLDER.parent.glob("emails/**/*.*"),
    ]
    assert templates
    for template in templates:
        assert re.findall(r"\b_\((?![\"'])", template.read_text()) == [], template.name
