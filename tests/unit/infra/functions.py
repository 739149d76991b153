"""A function of the test's own on a bare cloud, made of one line or two."""

import json
import zipfile
from io import BytesIO

from ulid import ULID

from infra.local.cloud import LocalCloud

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
MAY = {"Statement": [{"Effect": "Allow", "Action": ["dynamodb:*", "logs:*"], "Resource": "*"}]}


def a_function(cloud: LocalCloud, code: str, *, name: str = "") -> str:
    """Its name; the code has a `handler`."""
    name = name or f"function-{ULID()}"
    iam = cloud.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=json.dumps(MAY))
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("its_code.py", code)
    cloud.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="its_code.handler",
        Code={"ZipFile": packed.getvalue()},
    )
    return name
