"""The shop: its rules, one package per noun, and its web door."""
