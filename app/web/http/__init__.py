"""HTTP plumbing shared by all routes: forms, templates, errors, locale and flash messages."""
