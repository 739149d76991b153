"""Stock: what is there, what is held, and the ledger of why."""
