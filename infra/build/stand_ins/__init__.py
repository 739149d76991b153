"""Modules that replace modules of FastAPI in a bundle, which does without what these are for."""
