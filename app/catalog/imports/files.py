"""Reads an uploaded file: our own export, or another program's once its columns are mapped."""

import hashlib
from typing import Any

from app.catalog.catalog_cache import Catalog
from app.catalog.imports.columns import source_columns
from app.catalog.imports.conversion import Conversion, convert_table
from app.catalog.imports.jobs import request_mapping
from app.catalog.imports.models import MAX_ROWS, MAX_SELECTED, STOCK_COLUMNS, ImportJob
from app.catalog.imports.parsing import HEADER
from app.catalog.imports.suggestions import source_of
from app.csv_io.decoding import InvalidCsv, encoding_note
from app.csv_io.reader import CsvHeader, UnknownColumns, read_csv
from app.csv_io.tables import CsvTable, read_table

STOCK_HEADER = CsvHeader(STOCK_COLUMNS, ("count", "change"))
MAX_MAPPED_COLUMNS = 100  # that have a value in some row
TOO_MANY_COLUMNS = f"The file has more than {MAX_MAPPED_COLUMNS} columns. Remove some of them."


def read_file(job: ImportJob, data: bytes, catalog: Catalog) -> Conversion | CsvTable:
    """The rows, or a table whose columns have to be mapped first. Raises ``InvalidCsv``."""
    if job.change:
        return Conversion(read_csv(data, HEADER, max_rows=MAX_SELECTED), ())
    if job.mapping:
        return convert_table(read_table(data, max_rows=MAX_ROWS), job.mapping, catalog)
    try:
        return Conversion(read_csv(data, HEADER, max_rows=MAX_ROWS), ())
    except UnknownColumns:
        if stock_file := _read_stock_file(data):
            return stock_file
        table = read_table(data, max_rows=MAX_ROWS)
        if table.width == 1:
            raise
        return table


def _read_stock_file(data: bytes) -> Conversion | None:
    try:
        return Conversion(read_csv(data, STOCK_HEADER, max_rows=MAX_ROWS), (), is_stock=True)
    except UnknownColumns:
        return None


def upload_attributes(data: bytes, sequencer: str, rows: int) -> dict[str, Any]:
    """What identifies the upload, and what the merchant should check."""
    content = hashlib.sha256(data).hexdigest()
    return {
        "content": content,
        "sequencer": sequencer,
        "rows": rows,
        "note": encoding_note(data),
    }


def ask_for_columns(job: ImportJob, table: CsvTable, data: bytes, sequencer: str) -> str:
    """Show the merchant the columns of the file. Nothing is imported yet."""
    columns = source_columns(table)
    if len(columns) > MAX_MAPPED_COLUMNS:
        raise InvalidCsv(TOO_MANY_COLUMNS)
    upload = upload_attributes(data, sequencer, len(table.records))
    request_mapping(job, columns, source=source_of(table.records[0][1]), upload=upload)
    return "mapping"
