"""Payments: capture and refund through a payment provider that may be slow or unavailable."""
