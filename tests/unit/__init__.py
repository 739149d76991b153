"""Fast tests of single modules; the folders mirror the code."""
