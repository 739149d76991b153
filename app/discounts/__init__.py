"""Discount codes: their terms, what they take off an order, and their redemptions."""
