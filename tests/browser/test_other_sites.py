"""Pages of other sites attack the developer's machine: both ports, from another origin and by name.

DNS rebinding: a site answers first with its own address, later with 127.0.0.1. Its page then
shares the origin of a port of this machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from infra.local.cloud import LocalCloud
from infra.local.console.pages import console_routes
from infra.local.emulator import REGION
from infra.local.ports import bind_port, find_free_port
from infra.local.proxy import LocalProxy
from tests.browser.checks.browser import REBINDING_HOST

SECRET = "https://localhost/sign-in/the-link-in-the-email"
SENDER = "orders@hearth.example"
BUCKET = "other-uploads-000000000000-eu-central-1"
MAILBOX = "/_ministack/ses/messages"
FETCH = """async ([url, options]) => {
    try {
        const response = await fetch(url, options);
        return [response.status, await response.text()];
    } catch (error) {
        return [0, String(error)];
    }
}"""
UPLOAD = """async ({url, fields}) => {
    const form = new FormData();
    for (const name in fields) form.append(name, fields[name]);
    form.append("file", new Blob(["an image"]));
    const request = new XMLHttpRequest();  // with a progress bar, so that a preflight is sent
    request.upload.onprogress = () => {};
    request.open("POST", url);
    const done = new Promise((resolve) => { request.onloadend = resolve; });
    request.send(form);
    await done;
    return request.status;
}"""


@dataclass(frozen=True)
class Machine:
    """A developer's machine: the local cloud with one email, and the shop's port."""

    cloud: LocalCloud
    browser: Browser

    def open(self, url: str) -> Page:
        """A page with this address and no Content Security Policy, in an empty browser."""
        page = self.browser.new_context().new_page()

        def fulfill(route: Route) -> None:
            route.fulfill(body="<title>page</title>", content_type="text/html")

        page.route(url, fulfill)
        page.goto(url)
        return page

    def port_url(self, port: str, host: str) -> str:
        number = self.cloud.port if port == "cloud" else self.cloud.web_port
        return f"http://{host}:{number}"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Machine]:
    cloud = LocalCloud(tmp_path_factory.mktemp("attacked"), find_free_port(), find_free_port())
    proxy = LocalProxy(cloud, console=console_routes(cloud))
    proxy.set_origins("00000000", BUCKET)
    listener = bind_port(cloud.web_port, "--port")
    listener.listen()
    cloud.start()
    try:
        _send_email(cloud)
        s3, region = cloud.client("s3"), {"LocationConstraint": REGION}
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=region)
        rule: Any = {"AllowedOrigins": [cloud.shop_url], "AllowedMethods": ["POST"]}
        rules: Any = {"CORSRules": [rule | {"AllowedHeaders": ["*"]}]}
        s3.put_bucket_cors(Bucket=BUCKET, CORSConfiguration=rules)
        with proxy.serve(listener):
            yield Machine(cloud, chromium)
    finally:
        cloud.stop()


def _send_email(cloud: LocalCloud) -> None:
    ses = cloud.client("sesv2")
    ses.create_email_identity(EmailIdentity=SENDER)
    ses.send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": ["ada@potter.example"]},
        Content={"Simple": {"Subject": {"Data": "Sign in"}, "Body": {"Text": {"Data": SECRET}}}},
    )


def query_signed_by(key: str, action: str) -> str:
    """A call of SQS as a URL, which an image of any page could request."""
    return (
        f"/?Action={action}&Version=2012-11-05&X-Amz-Algorithm=AWS4-HMAC-SHA256"
        f"&X-Amz-Credential={key}/20261128/{REGION}/sqs/aws4_request"
        "&X-Amz-Date=20261128T100000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=00"
    )


def signed_call(key: str, target: str) -> dict[str, Any]:
    """Options of `fetch` for a call of DynamoDB with an invented signature."""
    credential = f"{key}/20261128/{REGION}/dynamodb/aws4_request"
    return {
        "method": "POST",
        "body": "{}",
        "headers": {
            "X-Amz-Target": f"DynamoDB_20120810.{target}",
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, "
            f"SignedHeaders=host, Signature={'0' * 64}",
        },
    }


def test_page_of_another_origin_reads_nothing(machine: Machine) -> None:
    page = machine.open(f"http://{REBINDING_HOST}:{find_free_port()}/")

    for host in ("localhost", "127.0.0.1"):
        cloud, shop = machine.port_url("cloud", host), machine.port_url("shop", host)
        for url, options in (
            (cloud + MAILBOX, {}),
            (cloud, signed_call("test", "ListTables")),
            (cloud + query_signed_by("test", "ListQueues"), {}),
            (cloud + "/_ministack/health", {}),
            (shop + "/console", {}),
            (shop + "/", {}),
        ):
            status, text = page.evaluate(FETCH, [url, options])
            assert (url, status) == (url, 0)
            assert "Failed to fetch" in text  # the browser withholds the response


def test_page_of_another_origin_changes_nothing(machine: Machine) -> None:
    page = machine.open(f"http://{REBINDING_HOST}:{find_free_port()}/")
    cloud, shop = machine.cloud.url, machine.cloud.shop_url

    blind: dict[str, Any] = {"mode": "no-cors", "method": "POST"}
    page.evaluate(FETCH, [cloud + "/_ministack/reset", blind])
    page.evaluate(FETCH, [cloud + query_signed_by("test", "CreateQueue&QueueName=x"), blind])
    page.evaluate(FETCH, [shop + "/console/faults/delay", blind])
    page.evaluate(
        "(url) => new Promise((resolve) => {"
        " const image = new Image(); image.onerror = image.onload = resolve; image.src = url; })",
        cloud + query_signed_by("test", "CreateQueue&QueueName=y"),
    )

    assert SECRET in machine.cloud.get(MAILBOX).text  # not reset
    assert not machine.cloud.client("sqs").list_queues().get("QueueUrls")
    assert not machine.cloud.state_dir.faults.exists()


@pytest.mark.parametrize("port", ["cloud", "shop"])
def test_dns_rebinding_reads_and_changes_nothing(machine: Machine, port: str) -> None:
    page = machine.open(machine.port_url(port, REBINDING_HOST) + "/attack")

    for path, options in (
        (MAILBOX, {}),
        ("/_ministack/health", {}),
        ("/console", {}),
        ("/", signed_call("test", "ListTables")),
        ("/console/faults/delay", {"method": "POST"}),
        ("/_ministack/reset", {"method": "POST"}),
    ):
        status, text = page.evaluate(FETCH, [path, options])  # the same origin: no CORS
        assert (path, status in {400, 403}) == (path, True)
        assert SECRET not in text

    assert SECRET in machine.cloud.get(MAILBOX).text
    assert not machine.cloud.state_dir.faults.exists()


@pytest.mark.parametrize("port", ["cloud", "shop"])
def test_link_to_a_rebinding_host_shows_nothing(machine: Machine, port: str) -> None:
    page = machine.browser.new_context().new_page()

    for path in (MAILBOX, "/console"):
        response = page.goto(machine.port_url(port, REBINDING_HOST) + path)
        assert response is not None
        assert response.status == 400


def test_page_of_the_shop_uploads_a_file(machine: Machine) -> None:
    page = machine.open(f"{machine.cloud.shop_url}/upload")
    form = machine.cloud.client("s3").generate_presigned_post(BUCKET, "images/pot")

    assert page.evaluate(UPLOAD, form) == 204


def test_page_of_another_origin_cannot_use_a_stolen_form(machine: Machine) -> None:
    page = machine.open(f"http://{REBINDING_HOST}:{find_free_port()}/")
    form = machine.cloud.client("s3").generate_presigned_post(BUCKET, "images/stolen")

    assert page.evaluate(UPLOAD, form) == 0
    keys = machine.cloud.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])
    assert "images/stolen" not in {it["Key"] for it in keys}


def test_page_of_the_shop_reads_nothing_of_the_cloud(machine: Machine) -> None:
    """Even a script injected into the shop (XSS) has only the rights of its visitor."""
    page = machine.open(f"{machine.cloud.shop_url}/script")

    for options in ({}, signed_call("test", "ListTables")):
        status, text = page.evaluate(FETCH, [machine.cloud.url + MAILBOX, options])
        assert (status, SECRET in text) == (0, False)
