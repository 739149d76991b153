"""Faults for the running local shop, all outside its functions: AWS gets nothing of them."""
