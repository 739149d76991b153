"""Sending parcels: what it costs, and the carrier who takes them."""
