"""Structured logs and CloudWatch metrics."""
