"""Money is whole cents everywhere; this is the only place that writes it for people."""

CURRENCY = "EUR"
VAT_PERCENT = 19


def formatted(cents: int) -> str:
    euros, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}€{euros:,}.{rest:02d}"


def vat_included(gross: int) -> int:
    """The tax inside a price that includes it, rounded half up to a cent."""
    return (gross * VAT_PERCENT * 2 + 100 + VAT_PERCENT) // (2 * (100 + VAT_PERCENT))
