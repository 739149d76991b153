"""Reading CSV files from spreadsheets, and escaping cells against CSV injection."""
