"""Fault injection for the local shop, all outside the application's code."""
