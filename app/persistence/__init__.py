"""DynamoDB access that all packages share: tables, transactions, idempotency, audit log."""
