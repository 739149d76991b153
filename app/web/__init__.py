"""Door 1, HTTP: each route translates a request, calls one rule, and draws what came of it."""
