"""Tests on the emulated cloud: wiring, journeys and faults."""
