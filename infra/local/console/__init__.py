"""The local console: letters, an overview and a shortcut; never part of what is deployed."""
