"""Lambda functions that consume messages: one file per function, each calls one domain function."""
