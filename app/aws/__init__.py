"""The only place that makes clients of AWS: one module for each thing the shop asks of it."""
