"""Orders: checkout, state machine, payment, shipping, cancellation, and domain events."""
