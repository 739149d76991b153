"""The admin for merchants, one module per resource; for anyone else its routes do not exist."""
