"""CSV files for spreadsheets: reading uploads, and escaping cells against CSV injection."""
