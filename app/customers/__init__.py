"""Visitors and customers: who is looking, who has signed in, and how often one may ask."""
