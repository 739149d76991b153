"""Authorization, CSRF protection, sessions, security headers and request limits."""
