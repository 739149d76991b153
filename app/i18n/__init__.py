"""Internationalization: lazily translated messages, and the languages that translate them."""
