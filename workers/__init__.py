"""Door two, messages: one file is one Lambda, and each calls one rule of the shop."""
