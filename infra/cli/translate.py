"""`shop translate`: bring the words to translate up to date with pages, letters and rules."""

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from app.i18n.locales import LANGUAGES, Language
from app.i18n.message_catalogs import FOLDER, WRITTEN_IN
from infra.build.bundles import ROOT
from infra.cli.terminal import out

KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "said": None, "said_of": (2, 3)}
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
OPTIONS = {"**.html": {"trimmed": "true"}, "**.txt": {"trimmed": "true"}}
SAYING = ("app", "frontend/templates", "frontend/emails", "infra/local")
IN_ENGLISH_ONLY = (
    *("app/web/admin", "frontend/templates/admin", "frontend/templates/api"),
    *("frontend/emails/order_review_requested", "frontend/emails/stock_low"),
)


HEADER = """\
# What the shop says, in "{name}". `shop translate` brings it up to date with the code.
msgid ""
msgstr ""
"Language: {code}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural_forms}\\n"

"""


def translate() -> None:
    """Add what is new, drop what is said no more; what has changed is marked fuzzy."""
    for language in LANGUAGES.values():
        if language.code != WRITTEN_IN:
            left = _brought_up_to_date(FOLDER / f"{language.code}.po", language)
            out.print(f"{language.name}: {left} messages to translate")


def _brought_up_to_date(file: Path, language: Language) -> int:
    with file.open("rb") as lines:
        catalog = read_po(lines, locale=language.code)
    catalog.update(extracted())
    catalog.obsolete.clear()
    body = BytesIO()
    write_po(body, catalog, width=100, include_lineno=False, omit_header=True)
    head = HEADER.format(**vars(language), plural_forms=catalog.plural_forms)
    file.write_text(head + body.getvalue().decode())
    return sum(1 for it in catalog if it.id and (it.fuzzy or not translated(it)))


def translated(message: Message) -> bool:
    said = (message.string,) if isinstance(message.string, str) else message.string
    return bool(said) and all(said or ())


def extracted() -> Catalog:
    """Every message of the shop, with the files that say it."""
    catalog = Catalog(charset="utf-8", fuzzy=False)
    for folder in SAYING:
        found = extract_from_dir(ROOT / folder, METHODS, OPTIONS, KEYWORDS)
        for name, line, message, comments, context in found:
            path = f"{folder}/{name}"
            if not path.startswith(IN_ENGLISH_ONLY):
                catalog.add(
                    message, locations=[(path, line)], auto_comments=comments, context=context
                )
    return catalog
