"""Attacks on the port of the local cloud: other origins, foreign keys, forged signatures."""

import hashlib
import io
import json
import stat
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from ulid import ULID

from infra.local.cloud import LocalCloud
from infra.local.emulator import REGION
from infra.local.operator_key import OperatorKey
from tests.integration.journeys.order_polling import eventually
from tests.unit.infra.raw_http import send_raw

MAILBOX = "/_ministack/ses/messages"
BUCKET = "cloud-guard-uploads-000000000000-eu-central-1"
SCOPE = f"20261128/{REGION}/dynamodb/aws4_request"
PRINTS_KEY = (
    "import json, os\n"
    "def handler(event, context): return {it: os.environ[it] for it in os.environ if 'AWS_' in it}"
)


def client_of(cloud: LocalCloud, service: str, **keys: str | None) -> Any:
    """An AWS client with other keys than the operator's."""
    return boto3.client(
        service,
        endpoint_url=cloud.url,
        region_name=REGION,
        config=Config(retries={"total_max_attempts": 1}),
        **{f"aws_{name}": it for name, it in keys.items()},  # type: ignore[arg-type]
    )


def operator_of(cloud: LocalCloud) -> OperatorKey:
    return OperatorKey.read(cloud.state_dir.operator_key)


@pytest.fixture
def function_key(cloud: LocalCloud) -> Iterator[dict[str, str]]:
    """The credentials of a deployed function, whose role allows it to list queues."""
    name, archive_bytes = f"keys-{ULID()}", io.BytesIO()
    with zipfile.ZipFile(archive_bytes, "w") as archive:
        archive.writestr("keys.py", PRINTS_KEY)
    iam, functions = cloud.client("iam"), cloud.client("lambda")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]
    allow = {"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_role_policy(RoleName=name, PolicyName="queues", PolicyDocument=policy)
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="keys.handler",
        Role=role["Arn"],
        Code={"ZipFile": archive_bytes.getvalue()},
        Timeout=30,
    )
    answer = eventually(lambda: functions.invoke(FunctionName=name))
    variables = json.loads(answer["Payload"].read())
    yield {
        "access_key_id": variables["AWS_ACCESS_KEY_ID"],
        "secret_access_key": variables["AWS_SECRET_ACCESS_KEY"],
        "session_token": variables["AWS_SESSION_TOKEN"],
    }
    functions.delete_function(FunctionName=name)


@pytest.fixture
def bucket(cloud: LocalCloud) -> Iterator[str]:
    """A bucket that lets pages of the shop upload, as the template's bucket does."""
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    rule = {"AllowedOrigins": [cloud.shop_url], "AllowedMethods": ["POST"], "AllowedHeaders": ["*"]}
    s3.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": [rule]})
    yield BUCKET
    for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        s3.delete_object(Bucket=BUCKET, Key=item["Key"])
    s3.delete_bucket(Bucket=BUCKET)


# --- hosts, origins and paths ---------------------------------------------------------------


@pytest.mark.parametrize(
    "path", [MAILBOX, "/_ministack/health", "/", "/_aws/execute-api/a/$default/"]
)
@pytest.mark.parametrize("host", ["evil.example", "evil.example:4566", "sqs.localhost", ""])
def test_dns_rebinding_reads_nothing(cloud: LocalCloud, path: str, host: str) -> None:
    assert send_raw(cloud.port, path, Host=host)[0] == 400


@pytest.mark.parametrize(
    "target",
    [
        f"/_aws/execute-api/00000000/$default/../../../..{MAILBOX}",
        f"/_aws/execute-api/00000000/$default/%2e%2e/%2e%2e{MAILBOX}",
        f"http://localhost{MAILBOX}",
        "/_ministack/health/../ses/messages",
        "/%00",
    ],
)
def test_dot_segments_nul_and_whole_urls_are_refused(cloud: LocalCloud, target: str) -> None:
    assert send_raw(cloud.port, target)[0] == 400


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS"])
def test_pages_of_other_origins_are_refused(cloud: LocalCloud, origin: str, method: str) -> None:
    for path in ("/", MAILBOX, "/_aws/execute-api/00000000/$default/"):
        status, response = send_raw(cloud.port, path, method=method, Origin=origin)

        assert status == 403
        assert b"access-control" not in response.lower()


def test_request_without_origin_from_another_site_is_refused(cloud: LocalCloud) -> None:
    assert send_raw(cloud.port, "/_ministack/health", Sec_Fetch_Site="cross-site")[0] == 403
    assert send_raw(cloud.port, "/_ministack/health", Sec_Fetch_Site="none")[0] == 200


def test_page_of_the_shop_is_reached_by_the_redirect_after_an_upload(cloud: LocalCloud) -> None:
    """The browser comes from S3, which is another site, and sends no origin."""
    page = "/_aws/execute-api/00000000/$default/admin/imports"

    assert send_raw(cloud.port, page, Sec_Fetch_Site="cross-site")[0] != 403


def test_no_response_lets_every_origin_read_it(cloud: LocalCloud) -> None:
    for path in ("/_ministack/health", "/_aws/execute-api/00000000/$default/", "/"):
        _, response = send_raw(cloud.port, path, Origin=cloud.shop_url)

        assert b"access-control" not in response.lower()


def test_websockets_are_refused(cloud: LocalCloud) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Content_Length": ""}
    key = {"Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec_WebSocket_Version": "13"}

    assert send_raw(cloud.port, "/_aws/execute-api/a/b/", **upgrade, **key)[0] == 403


# --- keys -----------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["test", "000000000000", "AKIA" + "IOSFODNN7EXAMPLE", ""])
@pytest.mark.parametrize(
    ("service", "operation"),
    [
        *(("dynamodb", "list_tables"), ("sqs", "list_queues"), ("sns", "list_topics")),
        *(("s3", "list_buckets"), ("lambda", "list_functions"), ("iam", "list_roles")),
        *(("stepfunctions", "list_state_machines"), ("secretsmanager", "list_secrets")),
        *(("sesv2", "list_email_identities"), ("cloudformation", "list_stacks")),
    ],
)
def test_public_and_unknown_keys_are_refused(
    cloud: LocalCloud, key: str, service: str, operation: str
) -> None:
    client = client_of(cloud, service, access_key_id=key, secret_access_key="test")

    with pytest.raises(ClientError, match="AccessDenied"):
        getattr(client, operation)()


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        *(("dynamodb", "list_tables"), ("sqs", "list_queues"), ("sns", "list_topics")),
        *(("s3", "list_buckets"), ("lambda", "list_functions"), ("iam", "list_roles")),
        *(("secretsmanager", "list_secrets"), ("sesv2", "list_email_identities")),
        *(("cloudformation", "list_stacks"), ("sts", "get_caller_identity")),
    ],
)
def test_operators_key_needs_its_secret(cloud: LocalCloud, service: str, operation: str) -> None:
    key = operator_of(cloud).access_key_id
    guessed = client_of(cloud, service, access_key_id=key, secret_access_key="test")

    getattr(cloud.client(service), operation)()
    with pytest.raises(ClientError, match="Signature"):
        getattr(guessed, operation)()


def test_refusal_in_aws_tools_names_the_command_that_prints_a_key(cloud: LocalCloud) -> None:
    for service, operation in (("dynamodb", "list_tables"), ("sns", "list_topics")):
        client = client_of(cloud, service, access_key_id="test", secret_access_key="test")
        with pytest.raises(ClientError, match="`shop env` prints one that is"):
            getattr(client, operation)()


@pytest.mark.parametrize(
    "authorization",
    [
        f"AWS4-HMAC-SHA256 Credential=test/{SCOPE}, SignedHeaders=host, Signature={'0' * 64}",
        f"AWS4-HMAC-SHA256 Credential=KEY/{SCOPE}",
        "AWS4-HMAC-SHA256 junk",
        f"AWS4-ECDSA-P256-SHA256 Credential=KEY/{SCOPE}",
        "AWS KEY:signature",
        "Bearer KEY",
        "",
    ],
)
@pytest.mark.parametrize(
    "query",
    [
        "",
        f"?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0&X-Amz-Credential=KEY/{SCOPE}",
        f"?X-Amz-Signature=0&X-Amz-Credential=KEY/20261128/{REGION}/s3/aws4_request",
        f"?x-amz-signature=0&x-amz-credential=KEY/{SCOPE}",
        "?AWSAccessKeyId=KEY&Signature=0&Expires=4102444800",
    ],
)
def test_known_key_id_without_a_signature_does_nothing(
    cloud: LocalCloud, authorization: str, query: str
) -> None:
    """The id of a function's key is in every upload form, so it is not secret."""
    key = operator_of(cloud).access_key_id
    target = {"X-Amz-Target": "DynamoDB_20120810.ListTables"}
    signed = {"Authorization": authorization.replace("KEY", key)} if authorization else {}
    json_type = {"Content-Type": "application/x-amz-json-1.0"}

    answer = httpx.post(
        f"{cloud.url}/{query.replace('KEY', key)}", json={}, headers=target | signed | json_type
    )

    assert answer.status_code in {400, 403}
    assert "TableNames" not in answer.text


def test_two_authorization_headers_are_refused(cloud: LocalCloud) -> None:
    key = operator_of(cloud).access_key_id
    both = ["AWS4-HMAC-SHA256 junk", f"AWS4-HMAC-SHA256 Credential={key}/{SCOPE}"]
    headers = [("X-Amz-Target", "DynamoDB_20120810.ListTables")]

    answer = httpx.post(cloud.url, headers=[*headers, *(("Authorization", it) for it in both)])

    assert answer.status_code == 403


def test_function_has_a_key_of_its_own_with_the_permissions_of_its_role(
    cloud: LocalCloud, function_key: dict[str, str]
) -> None:
    client_of(cloud, "sqs", **function_key).list_queues()

    with pytest.raises(ClientError, match="AccessDenied"):
        client_of(cloud, "dynamodb", **function_key).list_tables()
    for name in ("secret_access_key", "session_token"):
        with pytest.raises(ClientError):
            client_of(cloud, "sqs", **function_key | {name: "guessed"}).list_queues()
    assert operator_of(cloud).secret_access_key not in json.dumps(function_key)


def test_keys_of_functions_cannot_be_derived_from_their_names(
    cloud: LocalCloud, function_key: dict[str, str]
) -> None:
    """MiniStack hashes the ARNs of function and role, which can be guessed."""
    for function in cloud.client("lambda").list_functions()["Functions"]:
        digest = hashlib.sha256(
            f"{function['FunctionArn']}:{function['Role']}".encode()
        ).hexdigest()
        derived = {
            f"ASIA{digest[:16].upper()}",
            *map(_hashed, (f"secret:{digest}", f"token:{digest}")),
        }

        assert not derived & set(function_key.values())


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# --- the emulator's own endpoints -----------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        *(MAILBOX, "/_ministack/sqs/messages", "/%5fministack/ses/messages", "/_ministack/"),
        *("/_localstack/health", "/_ministack/lambda-code/a", "/_ministack/ready"),
    ],
)
def test_mailbox_and_other_endpoints_need_the_operators_secret(
    cloud: LocalCloud, path: str
) -> None:
    assert send_raw(cloud.port, path)[0] == 403
    assert send_raw(cloud.port, path, X_Operator_Key="guessed")[0] == 403
    assert cloud.get(MAILBOX).status_code == 200


def test_cloud_cannot_be_reset_from_outside(cloud: LocalCloud) -> None:
    assert send_raw(cloud.port, "/_ministack/reset", method="POST")[0] == 403


def test_key_file_can_be_read_by_its_owner_only(cloud: LocalCloud) -> None:
    mode = cloud.state_dir.operator_key.stat().st_mode

    assert stat.S_IMODE(mode) == 0o600
    assert stat.S_IMODE(cloud.state_dir.folder.stat().st_mode) == 0o700


def test_each_run_has_another_key() -> None:
    keys = {OperatorKey.generate() for _ in range(100)}

    assert len({it.secret_access_key for it in keys}) == 100
    assert "secret" not in repr(keys).replace("secret_access_key", "")


# --- uploads --------------------------------------------------------------------------------


def test_page_of_the_shop_uploads_with_a_signed_form(cloud: LocalCloud, bucket: str) -> None:
    form = cloud.client("s3").generate_presigned_post(bucket, "images/pot")
    page = {"Origin": cloud.shop_url, "Sec-Fetch-Site": "cross-site"}

    answer = httpx.post(form["url"], data=form["fields"], files={"file": b"x"}, headers=page)

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == cloud.shop_url


@pytest.mark.parametrize("path", ["/clusters", "/restapis", "/v1", "/apis", "/uploads"])
def test_form_without_a_key_reaches_no_bucket_but_that_of_uploads(
    cloud: LocalCloud, path: str
) -> None:
    """MiniStack reads the first segment of a path as the resource of other services too."""
    body = b'{"clusterName": "stranger"}'
    form = {"Content-Type": "multipart/form-data; boundary=x"}

    answer = httpx.post(f"{cloud.url}{path}", content=body, headers=form)

    assert answer.status_code == 403
    assert "This key is not of the running local cloud" in answer.text


def test_preflight_of_an_upload_names_the_shop_only(cloud: LocalCloud, bucket: str) -> None:
    asked = {"Access_Control_Request_Method": "POST"}

    status, response = send_raw(
        cloud.port, f"/{bucket}", method="OPTIONS", Origin=cloud.shop_url, **asked
    )

    assert status == 200
    assert f"access-control-allow-origin: {cloud.shop_url}".encode() in response.lower()


@pytest.mark.parametrize("signer", ["no signer", "test", "another site"])
def test_upload_without_the_shops_signature_is_refused(
    cloud: LocalCloud, bucket: str, signer: str
) -> None:
    public = client_of(cloud, "s3", access_key_id="test", secret_access_key="test")
    forms = {
        "no signer": {"url": f"{cloud.url}/{bucket}", "fields": {"key": "images/pot"}},
        "test": public.generate_presigned_post(bucket, "images/pot"),
        "another site": cloud.client("s3").generate_presigned_post(bucket, "images/pot"),
    }
    form = forms[signer]
    page = {"Origin": "https://evil.example" if signer == "another site" else cloud.shop_url}

    answer = httpx.post(form["url"], data=form["fields"], files={"file": b"x"}, headers=page)

    assert answer.status_code == 403
    assert "Contents" not in cloud.client("s3").list_objects_v2(Bucket=bucket)


def test_stored_objects_need_a_signature(cloud: LocalCloud, bucket: str) -> None:
    s3 = cloud.client("s3")
    s3.put_object(Bucket=bucket, Key="report.csv", Body=b"private")
    public = client_of(cloud, "s3", access_key_id="test", secret_access_key="test")

    def get(client: Any) -> httpx.Response:
        url = client.generate_presigned_url(
            "get_object", Params={"Bucket": bucket, "Key": "report.csv"}
        )
        return httpx.get(url)

    assert httpx.get(f"{cloud.url}/{bucket}/report.csv").status_code == 403
    assert get(public).status_code == 403
    assert get(s3).content == b"private"
