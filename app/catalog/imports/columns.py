"""The columns of another program's file, as the merchant maps them."""

from app.catalog.imports.models import SourceColumn
from app.catalog.imports.suggestions import suggested_fields
from app.csv_io.tables import CsvTable

MAX_SAMPLES, SAMPLE_LENGTH = 3, 60


def source_columns(table: CsvTable) -> tuple[SourceColumn, ...]:
    """The columns that have a value, with a suggested field for each."""
    _, first = table.records[0]
    headings = [first[i] if i < len(first) else "" for i in range(table.width)]
    fields = suggested_fields(headings)
    rows = [cells for _, cells in table.records[1:]] or [first]
    columns = []
    for index, (heading, field) in enumerate(zip(headings, fields, strict=True)):
        values = (cells[index][:SAMPLE_LENGTH] for cells in rows if index < len(cells))
        if samples := tuple(dict.fromkeys(it for it in values if it))[:MAX_SAMPLES]:
            columns.append(SourceColumn(index, heading[:SAMPLE_LENGTH], samples, field))
    return tuple(columns)
