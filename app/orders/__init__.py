"""Orders: placing them, moving them on, and telling what happened."""
