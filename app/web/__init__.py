"""HTTP entry points: a route translates a request, calls one domain function, renders a page."""
