"""Tests of the text files in frontend/: templates, styles, emails, translations, vendored files."""
