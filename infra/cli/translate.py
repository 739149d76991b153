"""`shop translate`: update the message catalogs from templates, emails and code."""

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from app.i18n.locales import LANGUAGES, Language
from app.i18n.message_catalogs import LOCALES_FOLDER, SOURCE_LANGUAGE
from infra.build.bundles import ROOT
from infra.cli.terminal import out

KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_gettext": None,
    "lazy_ngettext": (2, 3),
}
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
OPTIONS = {"**.html": {"trimmed": "true"}, "**.txt": {"trimmed": "true"}}
MESSAGE_SOURCES = ("app", "frontend/templates", "frontend/emails", "infra/local")
ENGLISH_ONLY = (
    *("app/web/admin", "frontend/templates/admin", "frontend/templates/api"),
    *("frontend/emails/order_review_requested", "frontend/emails/stock_low"),
)


HEADER = """\
# Messages in "{name}". `shop translate` updates this file from the code.
msgid ""
msgstr ""
"Language: {code}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural_forms}\\n"

"""


def translate() -> None:
    """Update the message catalogs in frontend/locales.

    Adds new messages, removes unused ones, and marks changed ones as fuzzy.
    """
    for language in LANGUAGES.values():
        if language.code != SOURCE_LANGUAGE:
            untranslated = _update(LOCALES_FOLDER / f"{language.code}.po", language)
            out.print(f"{language.name}, messages to translate: {untranslated}")


def _update(file: Path, language: Language) -> int:
    with file.open("rb") as lines:
        catalog = read_po(lines, locale=language.code)
    catalog.update(extract_messages())
    catalog.obsolete.clear()
    body = BytesIO()
    write_po(body, catalog, width=100, include_lineno=False, omit_header=True)
    head = HEADER.format(**vars(language), plural_forms=catalog.plural_forms)
    file.write_text(head + body.getvalue().decode())
    return sum(1 for it in catalog if it.id and (it.fuzzy or not is_translated(it)))


def is_translated(message: Message) -> bool:
    forms = (message.string,) if isinstance(message.string, str) else message.string
    return bool(forms) and all(forms or ())


def extract_messages() -> Catalog:
    """Every message in the source code, with the files that use it."""
    catalog = Catalog(charset="utf-8", fuzzy=False)
    for folder in MESSAGE_SOURCES:
        messages = extract_from_dir(ROOT / folder, METHODS, OPTIONS, KEYWORDS)
        for name, line, message, comments, context in messages:
            path = f"{folder}/{name}"
            if not path.startswith(ENGLISH_ONLY):
                catalog.add(
                    message, locations=[(path, line)], auto_comments=comments, context=context
                )
    return catalog
