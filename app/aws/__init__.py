"""The only place that speaks boto3: one module for each thing the shop asks of AWS."""
