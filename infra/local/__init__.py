"""The local cloud: the template that goes to AWS, running on this machine without an account."""
