"""Deploying to AWS: supported regions, checks before an update, and the state of a stack."""
