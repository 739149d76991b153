"""Bulk import of products from CSV files: upload, parse, apply, and report per row."""
