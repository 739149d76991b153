"""The data layer on a second emulator: transactions, conditions, indexes and their consumers.

The same tests as on the local cloud. One that passes on both relies on no peculiarity of either.
Each package gets a server of its own: Moto copies all tables for each transaction.
"""

import re
import subprocess
import sys

import pytest

from infra.build.bundles import ROOT
from tests.printed_figures import PrintFigure

DATA_LAYER = {  # and how many tests there are at least
    "tests/unit/app/persistence": 25,
    "tests/unit/app/inventory": 20,
    "tests/unit/app/cart": 20,
    "tests/unit/app/payments": 80,
    "tests/unit/app/orders/test_checkout.py": 20,
    "tests/unit/app/orders/test_compensation.py": 10,
}


@pytest.mark.parametrize("path", DATA_LAYER)
def test_data_layer_behaves_alike_on_moto(path: str, print_figure: PrintFigure) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "--on-moto", "-q", "--tb=short"),
            *("-p", "no:cacheprovider", path),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    *_, summary = done.stdout.splitlines()
    print_figure(f"{path} on Moto: {summary}")
    passed = re.match(r"(\d+) passed", summary)
    assert passed
    assert int(passed[1]) >= DATA_LAYER[path]
