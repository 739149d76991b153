"""The shop tested: rules and doors in process, whole journeys on the running shop."""
