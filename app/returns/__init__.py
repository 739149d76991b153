"""Returns of shipped orders: request, approve or refuse, receive, refund a part or all, restock."""
