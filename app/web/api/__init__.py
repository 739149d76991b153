"""The JSON API: the same domain functions as the pages, without cookies."""
