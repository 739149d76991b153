"""Door three, Step Functions: one file is one step, and each calls one rule of the shop."""
