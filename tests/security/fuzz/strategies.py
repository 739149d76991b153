"""Hypothesis strategies for each kind of form field: valid values, and hostile ones."""

from urllib.parse import quote

from hypothesis import strategies as st

from app.payments.gateway import PAYMENT_METHODS

HOSTILE_TEXTS = (
    *(
        "",
        " ",
        "\t",
        "0",
        "-0",
        "null",
        "None",
        "undefined",
        "true",
        "[]",
        "{}",
        "\ufeff",
        "\u202e",
    ),
    *("%00", "\x00", "\r\nX: y", "../../etc/passwd", "..\\..\\x", "'", '"', "`", "\\", "--", ";"),
    *("<script>alert(1)</script>", "{{7*7}}", "${jndi:x}", "%s%n", "javascript:alert(1)"),
    *("' OR 1=1 --", "=HYPERLINK(1)", "@SUM(1)", "A" * 300, "ü" * 101, "🫖" * 60, "١٢٣", "１"),
    *("4242424242424242", "\ud7ff", "a\u0000b", "\u2028", "NaN", "Infinity", "1e999"),
)
text = st.one_of(
    st.sampled_from(HOSTILE_TEXTS),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.text("abc 019-_.,:/?&=#%+", max_size=12),
)
# Values that break parsers, encoders and calendars rather than rules.
SURROGATES = ("\ud800", "a\udfffb", "\udc80" * 3)
NULS = ("\x00", "a\x00b", "%00", "\\u0000")
MOMENTS = (
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0000-00-00", "9999-12-31"),
    *("2031-02-30", "2031-06-12T24:00:60Z", "-1e400", "253402300800", "0001-01", "9999-12"),
)
RUN_CHARACTERS = ("0", "a", " ", "\n", "[", "@", "-", "é", "\u0301", "\u202e", "\x00", "4 ")
MAX_RUN_BYTES = 256 * 1024 - 1_000  # with the other fields within the limit of a body


def run(character: str, size: int) -> str:
    """As many repetitions as have this size in a form, where one may take three bytes or more."""
    return character * (size // len(quote(character, safe="")))


hostile = st.one_of(
    st.sampled_from((*SURROGATES, *NULS, *MOMENTS)),
    st.text(st.characters(categories=["Cs", "Cc", "Cf", "Nd"]), max_size=20),
    st.builds(run, st.sampled_from(RUN_CHARACTERS), st.sampled_from((200, 9_900, MAX_RUN_BYTES))),
)
money = st.one_of(
    st.decimals(-1, 10**6, places=2, allow_nan=False).map(str),
    st.sampled_from(("0", "-1", "0.001", "1,234.56", "1e5", "10" * 7, "48.00", "48,00", ".5")),
    text,
)
quantity = st.one_of(
    st.integers(-2, 12).map(str),
    st.sampled_from(("1.5", "1e3", "0x10", "１", str(2**31), str(10**20), "+1", " 1 ", "1_0")),
    text,
)
name = st.one_of(st.sampled_from(("Ada Potter", "O'Brien", "王小明", "عمر", "null", "Bo")), text)
email = st.one_of(
    st.emails(),
    st.sampled_from(("ada@potter.example", "a@b", '"x y"@z.example', "ü@übung.example", "a@[::1]")),
    text,
)
idempotency_key = st.one_of(
    st.text("abcdefXYZ0189_-", min_size=18, max_size=260),
    st.text("abc 019_,;", min_size=18, max_size=40).map('"{}"'.format),
    st.text(max_size=30),
)
country = st.one_of(st.sampled_from(("DE", "US", "FR", "JP", "XX", "de", "")), text)
ulid = st.one_of(st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=26, max_size=26), text)
choice = st.one_of(
    st.sampled_from(
        (*PAYMENT_METHODS, "on", "off", "yes", "no", "light", "dark", "auto", "de", "en")
    ),
    text,
)
place = st.one_of(
    st.sampled_from(("/", "/cart", "//evil.example", "/\\evil.example", "https://evil.example")),
    text,
)
colour = st.one_of(st.sampled_from(("#2f5a52", "#fff", "red", "url(x)")), text)

# By the names of form fields and parameters; each also gets values of other fields.
FIELDS: dict[str, st.SearchStrategy[str]] = {
    **dict.fromkeys(
        ("quantity", "page", "position", "shown_quantity", "version", "size"), quantity
    ),
    **dict.fromkeys(("cart_version", "total", "weight_g", "percent", "quantity_1"), quantity),
    **dict.fromkeys(("price", "price_min", "price_max", "compare_at"), money),
    **dict.fromkeys(("email", "find"), email),
    **dict.fromkeys(("name", "street", "city", "region", "postal_code", "title", "name_1"), name),
    **dict.fromkeys(("q", "blurb", "details", "tags", "alt", "note", "reason"), text),
    **dict.fromkeys(("materials", "material", "sku_1"), text),
    **dict.fromkeys(
        ("adjustment_id", "delivery_id", "note_id", "slug", "before", "month", "day"), ulid
    ),
    **dict.fromkeys(
        ("theme", "language", "debug_panel", "payment_method", "decision", "action"), choice
    ),
    **dict.fromkeys(
        ("sort", "in_stock", "content_type", "period", "published", "confirmed"), choice
    ),
    **dict.fromkeys(("form", "key", "seen", "missing", "fewer", "removed", "only", "sku"), text),
    "next": place,
    "country": country,
    "colour": colour,
    "swatch_1": colour,
    "category": name,
}
fields = st.lists(
    st.sampled_from(sorted(FIELDS)).flatmap(
        lambda it: st.tuples(st.just(it), st.one_of(FIELDS[it], FIELDS[it], text, hostile))
    ),
    max_size=6,
    unique_by=lambda pair: pair[0],
)
