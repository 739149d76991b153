"""Tests: rules and routes in process, the deployed stack, simulation, load and security."""
