"""Taking money once and giving it back once, through a provider that may be slow or silent."""
