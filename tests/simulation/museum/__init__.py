"""Museum of defects: designs that fail, each with a test that shows the failure."""
