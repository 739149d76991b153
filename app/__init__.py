"""The application: domain rules, one package per noun, and the web routes in `app.web`."""
