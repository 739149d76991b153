"""The shop's languages: what rules say in English, and how a door says it to its visitor."""
