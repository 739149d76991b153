"""Inventory: stock levels, reservations, and the ledger of every change."""
