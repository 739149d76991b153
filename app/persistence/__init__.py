"""DynamoDB access shared by all packages: tables, transactions, idempotency, audit log."""
