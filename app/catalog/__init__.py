"""The catalog: products, their variants, images and translations, and importing them from CSV."""
