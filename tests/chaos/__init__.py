"""The chaos test: orders are placed while every process is killed; then the data is verified."""
