"""Entry point of the admin function on AWS, which alone may change products and stock."""

from app.lambda_adapter import create_handler  # first: it prepares a short cold start
from app.web.admin.routers import ADMIN_ROUTERS
from app.web.application import build_app

handler = create_handler(build_app(ADMIN_ROUTERS), __name__)
