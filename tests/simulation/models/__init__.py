"""Exhaustive models: every interleaving and every crash of a small protocol is explored."""
