import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.bundle import ROOT, staged
from infra.local.packaging import read
from infra.wheels import HERE

TEMPLATE = read(ROOT / "infra/template.yaml")
FUNCTIONS = {
    logical_id: (Path(it["Properties"]["CodeUri"]).name, it["Properties"]["Handler"])
    for logical_id, it in TEMPLATE["Resources"].items()
    if it["Type"] == "AWS::Serverless::Function"
}
NOT_IN = {
    "workers": ("fastapi", "starlette", "mangum", "pydantic", "PIL", "app/web", "workflow"),
    "workflow": ("fastapi", "starlette", "mangum", "pydantic", "PIL", "jinja2", "app/web"),
    "thumbnails": ("fastapi", "starlette", "mangum", "pydantic", "jinja2", "app/web", "workflow"),
    "web": ("workers", "workflow", "PIL"),
}
# Nothing but the standard library and the bundle, as on AWS.
ALONE = """
import importlib, sys
sys.path = [path for path in sys.path if "site-packages" not in path] + [sys.argv[1]]
module, _, name = sys.argv[2].rpartition(".")
assert callable(getattr(importlib.import_module(module), name))
"""


@pytest.fixture(scope="module")
def folders() -> Iterator[dict[str, Path]]:
    with staged(HERE) as found:
        yield found


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_handler_is_imported_from_its_bundle_alone(
    folders: dict[str, Path], function: str, tmp_path: Path
) -> None:
    bundle, handler = FUNCTIONS[function]

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ALONE, str(folders[bundle]), handler],
        cwd=tmp_path,
        env={"AWS_REGION": "eu-central-1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("bundle", NOT_IN)
def test_a_bundle_ships_nothing_that_it_does_not_need(
    folders: dict[str, Path], bundle: str
) -> None:
    present = [name for name in NOT_IN[bundle] if (folders[bundle] / name).exists()]

    assert present == []
