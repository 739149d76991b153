"""What an attacker would try: every route and actor, every bad input; and each claim's proof."""
