"""The pages that shoppers use: products, cart, checkout, orders and account."""
