"""The API: the same rules as the pages, for programs; JSON, no cookies, money in whole cents."""
