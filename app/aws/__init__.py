"""AWS clients, one module per service. Only this package uses boto3."""
