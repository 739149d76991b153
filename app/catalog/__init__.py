"""What is for sale: products, their variants and their pictures."""
