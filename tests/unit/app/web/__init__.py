"""The web door, asked as a browser and as a rude program would ask."""
