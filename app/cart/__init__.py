"""The cart: frozen values, and the row that keeps them."""
