"""CSV import of products: jobs, parsing of rows, and idempotent processing of a file."""
