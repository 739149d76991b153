"""What stands in frontend/ as text: templates, styles, scripts and what was brought in."""
