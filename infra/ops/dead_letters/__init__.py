"""Messages that no worker could handle: looked at, sent back, or discarded with a reason."""
