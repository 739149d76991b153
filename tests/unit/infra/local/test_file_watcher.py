"""Which changed files lead to a deploy."""

from pathlib import Path

import pytest
from watchfiles import Change

from infra.local.file_watcher import Deployed

ROOT = Path("/shop")


@pytest.mark.parametrize(
    "path",
    [
        "app/cart/cart.py",
        "workers/email.py",
        "workflow/fulfill_order.asl.yaml",
        "frontend/templates/orders/order.html",
        "frontend/emails/order_placed/subject.txt",
        "infra/template.yaml",
        "requirements/web.txt",
    ],
)
def test_what_is_deployed_is_noticed(path: str) -> None:
    assert Deployed(ROOT)(Change.modified, str(ROOT / path))


@pytest.mark.parametrize(
    "path",
    [
        "frontend/static/css/shop.css",
        "infra/local/front_door.py",
        "infra/cli/dev.py",
        "app/cart/__pycache__/cart.cpython-313.pyc",
        "app/cart/.cart.py.swp",
    ],
)
def test_what_is_not_deployed_is_not(path: str) -> None:
    assert not Deployed(ROOT)(Change.modified, str(ROOT / path))
