"""Security tests: authorization, CSRF, headers, sign-in, bad inputs, ASVS."""
