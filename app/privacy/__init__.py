"""Personal data: erasing it from orders, requests of customers, retention, and the export."""
