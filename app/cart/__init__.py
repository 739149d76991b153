"""The cart: its lines, prices and storage, and the visitor that it belongs to."""
