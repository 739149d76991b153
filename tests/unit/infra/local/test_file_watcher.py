"""The files whose changes cause a deployment."""

from pathlib import Path

import pytest
from watchfiles import Change

from infra.local.file_watcher import DeployedFiles

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
def test_deployed_files_are_watched(path: str) -> None:
    assert DeployedFiles(ROOT)(Change.modified, str(ROOT / path))


@pytest.mark.parametrize(
    "path",
    [
        "frontend/static/css/shop.css",
        "infra/local/proxy.py",
        "infra/cli/dev.py",
        "app/cart/__pycache__/cart.cpython-313.pyc",
        "app/cart/.cart.py.swp",
    ],
)
def test_other_files_are_not_watched(path: str) -> None:
    assert not DeployedFiles(ROOT)(Change.modified, str(ROOT / path))
