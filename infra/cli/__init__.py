"""The `shop` command: one module per sub-command."""
