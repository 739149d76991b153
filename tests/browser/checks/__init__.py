"""The browser checks of `shop a11y`, `shop lighthouse` and `shop screenshots`."""
