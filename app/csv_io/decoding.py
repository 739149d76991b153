"""The text of a CSV file in any encoding that spreadsheets write, or a reason why it has none."""

import codecs

# Excel writes UTF-8 with and UTF-16 ("Unicode text") only with a byte order mark.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# .xlsx, .ods and .numbers are ZIP files; .xls is OLE, or a page that a program has renamed.
WORKBOOK_SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"<")
OTHER_SIGNATURES = (b"%PDF", b"{\\rtf", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff", b"{", b"[")
NO_TEXT = "This is not a CSV file. Save the table as “CSV UTF-8” first."
REPLACEMENT = "\ufffd"
UNDECODABLE = (
    "The file has characters that cannot be read: it is not UTF-8 text, or it is damaged. "
    "Save it as “CSV UTF-8” first."
)
READ_AS_WINDOWS_1252 = (
    "The file is not in UTF-8, so it was read as Windows-1252. "
    "Check characters such as ä, é and €, or save the file as “CSV UTF-8”."
)


class InvalidCsv(Exception):
    """The file is not a valid CSV table. The message is for the merchant who uploaded it."""


def decode_text(data: bytes) -> str:
    """Return the text of a file without its byte order mark. Raises ``InvalidCsv``.

    The encoding is UTF-8 or UTF-16; what is neither is Windows-1252, as Excel's plain "CSV".
    """
    beginning = data[:100].removeprefix(codecs.BOM_UTF8).lstrip()
    if beginning.startswith(WORKBOOK_SIGNATURES):
        raise InvalidCsv("This is a workbook, not a CSV file. Save it as “CSV UTF-8” first.")
    if beginning.startswith(OTHER_SIGNATURES):
        raise InvalidCsv(NO_TEXT)
    encoding = _encoding(data)
    try:
        text = data.decode(encoding).lstrip("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidCsv(f"{UNDECODABLE} The first one is in line {line}.") from None
    if "\0" in text:
        raise InvalidCsv(NO_TEXT)
    return text


def encoding_note(data: bytes) -> str:
    """What the merchant should check, or "": Windows-1252 has no mark, so it is a guess."""
    return READ_AS_WINDOWS_1252 if _encoding(data) == "windows-1252" else ""


def _encoding(data: bytes) -> str:
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return encoding
    if data[:2].count(0) == 1:  # without a mark: the first character is ASCII
        return "utf-16-be" if data[0] == 0 else "utf-16-le"
    return "utf-8" if _is_mostly_utf8(data) else "windows-1252"


def _is_mostly_utf8(data: bytes) -> bool:
    """Whether it is UTF-8, perhaps damaged: damaged UTF-8 read as Windows-1252 is no text."""
    text = data.decode("utf-8", "replace")
    damaged = text.count(REPLACEMENT)
    valid = sum(not character.isascii() for character in text) - damaged if damaged else 0
    return not damaged or valid >= damaged
