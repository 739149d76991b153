"""Value added tax (VAT): prices are gross, and the tax in them is shown beside the total."""

VAT_PERCENT = 19  # the standard rate of Germany


def vat_included(gross: int) -> int:
    """The VAT inside a gross price, in cents, rounded half up."""
    return (gross * VAT_PERCENT * 2 + 100 + VAT_PERCENT) // (2 * (100 + VAT_PERCENT))
