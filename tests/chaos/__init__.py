"""The endurance test: people buy while everything is killed; then the books are audited."""
