"""The web application: a route translates a request, calls one domain function and renders a page."""
