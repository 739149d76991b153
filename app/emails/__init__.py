"""Emails: templates and delivery. Each email is a folder of `frontend/emails`."""
