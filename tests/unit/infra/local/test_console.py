"""The console's emails and merchant sign-in, with emails that the cloud has really sent."""

from contextlib import suppress

import httpx
import pytest
from starlette.applications import Starlette

from infra.local.cloud import LocalCloud
from infra.local.console.emails import Mailbox
from infra.local.console.pages import console_routes
from infra.local.console.sign_in import sign_in_link
from infra.user_error import UserError
from tests.unit.infra.visitor import Visitor


def send(cloud: LocalCloud, to: str, subject: str, text: str = "Hello", html: str = "") -> None:
    cloud.client("sesv2").send_email(
        FromEmailAddress="orders@hearth.example",
        Destination={"ToAddresses": [to]},
        Content={
            "Simple": {
                "Subject": {"Data": subject},
                "Body": {"Text": {"Data": text}, "Html": {"Data": html}},
            }
        },
    )


@pytest.fixture(autouse=True)
def _sender(cloud: LocalCloud) -> None:
    with suppress(cloud.client("sesv2").exceptions.AlreadyExistsException):
        cloud.client("sesv2").create_email_identity(EmailIdentity="orders@hearth.example")


@pytest.fixture
def visitor(cloud: LocalCloud) -> Visitor:
    return Visitor(Starlette(routes=console_routes(cloud)))


def test_emails_are_listed_newest_first(cloud: LocalCloud) -> None:
    for subject in ("Thank you", "On its way"):
        send(cloud, "first@example.com", subject)

    emails = Mailbox(cloud).list_emails(to="first@example.com")

    assert [email.subject for email in emails] == ["On its way", "Thank you"]


def test_emails_are_filtered_by_part_of_the_recipients_address(
    cloud: LocalCloud, visitor: Visitor
) -> None:
    send(cloud, "ada@example.com", "For Ada")
    send(cloud, "grace@example.com", "For Grace")

    page = visitor.get("/console", params={"to": "ADA"}).text

    assert "For Ada" in page
    assert "For Grace" not in page


def test_email_content_is_escaped(cloud: LocalCloud, visitor: Visitor) -> None:
    send(cloud, "text@example.com", "<b>Bold</b>", text="See http://localhost/orders/1 <i>now</i>")
    email = Mailbox(cloud).list_emails(to="text@example.com")[0]

    page = visitor.get(f"/console/emails/{email.message_id}").text

    assert "&lt;b&gt;Bold&lt;/b&gt;" in page
    assert '<a href="http://localhost/orders/1" rel=' in page


def test_html_of_an_email_cannot_run_scripts(cloud: LocalCloud, visitor: Visitor) -> None:
    send(cloud, "html@example.com", "Hello", html="<script>alert(1)</script><p>Hello</p>")
    email = Mailbox(cloud).list_emails(to="html@example.com")[0]

    response = visitor.get(f"/console/emails/{email.message_id}/html")

    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox " in policy
    assert "allow-scripts" not in policy


def test_unknown_email_is_not_found(visitor: Visitor) -> None:
    assert visitor.get("/console/emails/unknown").status_code == 404


def test_sign_in_uses_the_link_of_the_newest_email(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = "http://localhost:8000"
    send(cloud, "merchant@example.com", "An older link", text=f"{shop}/sign-in/older")

    def send_link(*_: object, data: dict[str, str], **__: object) -> httpx.Response:
        send(cloud, data["email"], "Your link", text=f"Go to {shop}/sign-in/newer to sign in")
        return httpx.Response(200)

    monkeypatch.setattr(httpx, "post", send_link)

    assert sign_in_link(shop, "merchant@example.com", Mailbox(cloud)) == f"{shop}/sign-in/newer"


def test_missing_sign_in_email_is_reported(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(httpx, "post", lambda *_, **__: httpx.Response(200))
    monkeypatch.setattr("infra.local.console.sign_in.EMAIL_TIMEOUT", 0.2)

    with pytest.raises(UserError, match=r"No sign-in email for merchant@example\.com"):
        sign_in_link("http://localhost:8000", "merchant@example.com", Mailbox(cloud))


def test_failing_sign_in_form_is_reported(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(httpx, "post", lambda *_, **__: httpx.Response(500))

    with pytest.raises(UserError, match="The sign-in form returned 500"):
        sign_in_link("http://localhost:8000", "merchant@example.com", Mailbox(cloud))


def test_cross_site_sign_in_is_rejected(visitor: Visitor) -> None:
    response = visitor.post("/console/sign-in", headers={"Sec-Fetch-Site": "cross-site"})

    assert response.status_code == 403


def test_requests_for_other_host_names_are_rejected(visitor: Visitor) -> None:
    assert visitor.get("/console").status_code == 200
    assert visitor.get("/console", headers={"Host": "127.0.0.1:8000"}).status_code == 200
    assert visitor.get("/console", headers={"Host": "evil.example"}).status_code == 400
