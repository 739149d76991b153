"""The local cloud: emulator, deployment, proxy, console and fault injection. Never deployed."""
