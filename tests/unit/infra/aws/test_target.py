"""The template and the bundles agree on what AWS runs: architecture, Python, and regions."""

from infra.aws.regions import SUPPORTED_REGIONS
from infra.build.bundles import ROOT
from infra.build.wheels import AWS, LAMBDA_PYTHON
from infra.local.packaging import read_template

TEMPLATE = read_template(ROOT / "infra/template.yaml")
GLOBALS = TEMPLATE["Globals"]["Function"]
WHEELS = {"arm64": "aarch64", "x86_64": "x86_64"}  # Lambda's names and those of wheels


def test_functions_have_the_architecture_of_the_bundles() -> None:
    (architecture,) = GLOBALS["Architectures"]

    assert AWS.wheels[AWS.wheels.index("--python-platform") + 1].startswith(WHEELS[architecture])
    for name, resource in TEMPLATE["Resources"].items():
        assert "Architectures" not in resource["Properties"], name


def test_functions_have_the_python_of_the_bundles() -> None:
    assert GLOBALS["Runtime"] == f"python{LAMBDA_PYTHON}"
    assert AWS.wheels[AWS.wheels.index("--python-version") + 1] == LAMBDA_PYTHON
    for name, resource in TEMPLATE["Resources"].items():
        assert "Runtime" not in resource["Properties"], name


def test_every_parameter_is_used() -> None:
    text = str({name: it for name, it in TEMPLATE.items() if name != "Parameters"})

    assert [name for name in TEMPLATE["Parameters"] if name not in text] == []


def test_other_regions_are_refused_before_anything_is_created() -> None:
    (assertion,) = TEMPLATE["Rules"]["Region"]["Assertions"]
    regions, region = assertion["Assert"]["Fn::Contains"]

    assert (tuple(regions), region) == (SUPPORTED_REGIONS, {"Ref": "AWS::Region"})
