"""A browser that looks at the running shop: every page and state, how accessible, how heavy."""
