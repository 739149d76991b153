"""Visitors and customers: sessions, magic links and rate limits."""
