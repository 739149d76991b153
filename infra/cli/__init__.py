"""The `shop` command: what a developer does with the shop, one module for each sub-command."""
