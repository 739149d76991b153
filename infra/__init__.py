"""The ground the shop stands on: what is deployed, the local cloud and the `shop` command."""
