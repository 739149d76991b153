"""Build the Lambda bundles: install wheels, trim them, and compile bytecode."""
