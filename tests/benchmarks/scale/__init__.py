"""The scale benchmark: what a page costs when the catalog and the orders grow."""
