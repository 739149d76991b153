"""The cost benchmark: run two designs of the shop in one process, and count what AWS bills."""
