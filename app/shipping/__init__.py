"""Shipping: rates, and the carrier that delivers parcels."""
