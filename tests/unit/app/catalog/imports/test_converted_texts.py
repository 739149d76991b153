"""SKUs of the shop are found by the numbers and dates that a spreadsheet made of them.

The cells are those that LibreOffice 7.4 saves, and those that Excel shows and saves.
"""

import pytest

from app.catalog.imports.converted_texts import OriginalTexts, looks_converted

SKUS = ("00123", "1E36", "MAR5", "3-4", "JAN24", "4006381333931", "1-2-24", "A-12", "12E5X")
CELLS = {
    "123": "00123",
    "1E+36": "1E36",
    "1.00E+36": "1E36",
    "1,00E+36": "1E36",
    "4.00638E+12": "4006381333931",
    "4,00638E+12": "4006381333931",
    "4.006381333931E+12": "4006381333931",
    "5-Mar": "MAR5",
    "05. Mrz": "MAR5",
    "03/05/26": "MAR5",
    "05.03.2026": "MAR5",
    "4-Mar": "3-4",
    "03. Apr": "3-4",
    "Jan 24": "JAN24",
    "Jan-24": "JAN24",
    "01.01.2024": "JAN24",
    "01/02/24": "1-2-24",
}


@pytest.mark.parametrize("cell", CELLS)
def test_sku_of_the_shop_is_found_by_what_a_spreadsheet_made_of_it(cell: str) -> None:
    assert OriginalTexts(SKUS).find(cell) == CELLS[cell]


@pytest.mark.parametrize("sku", [*SKUS, "a-12", "124", "5-MAY", "4007000000000", "VASE", ""])
def test_sku_that_is_none_of_them_converted_is_not_suspected(sku: str) -> None:
    assert OriginalTexts(SKUS).find(sku) == ""
    assert not looks_converted(sku)


@pytest.mark.parametrize("cell", ["1E+36", "4,00638E+12", "5-Mar", "05. Mrz", "03/05/26", "Mai 24"])
def test_form_that_only_a_spreadsheet_writes_is_suspected(cell: str) -> None:
    assert looks_converted(cell)
