"""The console's emails and merchant sign-in, with emails that the cloud has really sent."""

from contextlib import suppress

import httpx
import pytest
from starlette.applications import Starlette

from infra.local.cloud import LocalCloud
from infra.local.console.emails import Mailbox
from infra.local.console.pages import console_routes
from infra.local.email_search import MAX_EMAILS, PATH
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


def test_emails_are_listed_in_pages_without_their_bodies(
    cloud: LocalCloud, visitor: Visitor
) -> None:
    for number in range(MAX_EMAILS + 1):
        send(cloud, "many@example.com", f"Email {number}", text="x" * 1000)

    first = visitor.get("/console", params={"to": "many@"}).text
    second = visitor.get("/console", params={"to": "many@", "skip": str(MAX_EMAILS)}).text
    answer = cloud.get(f"{PATH}?to=many@")

    assert first.count("<li>") == MAX_EMAILS
    assert "<title>51 emails" in first
    assert f"/console?skip={MAX_EMAILS}&amp;to=many%40" in first
    assert second.count("<li>") == 1
    assert ">Email 0</a>" in second
    assert "Older emails" not in second
    assert "xxx" not in answer.text


@pytest.mark.parametrize("skip", ["x", "-1", "1" * 30, "\u0661"])
def test_start_of_a_page_that_is_no_number_is_ignored(visitor: Visitor, skip: str) -> None:
    assert visitor.get("/console", params={"skip": skip}).status_code == 200


def test_emails_of_an_order_are_found_in_their_bodies(cloud: LocalCloud) -> None:
    order_id = "01J0000000000000000000MAIL"
    send(cloud, "body@example.com", "Your order", text=f"See /orders/{order_id}")

    found = Mailbox(cloud).page(text=order_id)

    assert [(it.subject, it.text) for it in found.emails] == [("Your order", "")]
    whole = Mailbox(cloud).find_email(found.emails[0].message_id)
    assert whole
    assert whole.text == f"See /orders/{order_id}"


def test_email_search_is_for_operators_only(cloud: LocalCloud) -> None:
    assert httpx.get(f"{cloud.url}{PATH}").status_code == 403


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


def test_sign_in_before_the_first_deployment_is_explained(visitor: Visitor) -> None:
    response = visitor.post("/console/sign-in/owner", headers={"Sec-Fetch-Site": "same-origin"})

    assert response.status_code == 504
    assert "The shop is still starting: try again in a moment." in response.text


def test_console_signs_in_an_owner_or_a_member_of_the_staff(visitor: Visitor) -> None:
    page = visitor.get("/console").text

    for role, status in (("owner", 504), ("staff", 504), ("customer", 404)):
        assert (f'action="/console/sign-in/{role}"' in page) == (status == 504)
        form = f"/console/sign-in/{role}"
        assert visitor.post(form, headers={"Sec-Fetch-Site": "same-origin"}).status_code == status


def test_cross_site_sign_in_is_rejected(visitor: Visitor) -> None:
    response = visitor.post("/console/sign-in/owner", headers={"Sec-Fetch-Site": "cross-site"})

    assert response.status_code == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:8001"])
@pytest.mark.parametrize(
    "form",
    [
        "/console/sign-in/owner",
        "/console/faults/delay",
        "/console/dead-letters/email",
        "/console/queues/EmailQueue/consumer",
    ],
)
def test_form_of_another_origin_is_rejected_without_fetch_metadata(
    visitor: Visitor, form: str, origin: str
) -> None:
    assert visitor.post(form, headers={"Origin": origin}).status_code == 403


def test_own_form_is_accepted_without_fetch_metadata(visitor: Visitor) -> None:
    own = visitor.post("/console/sign-in/owner", headers={"Origin": "http://localhost:8000"})

    assert own.status_code == 504  # the shop is not deployed


def test_requests_for_other_host_names_are_rejected(visitor: Visitor) -> None:
    assert visitor.get("/console").status_code == 200
    assert visitor.get("/console", headers={"Host": "127.0.0.1:8000"}).status_code == 200
    assert visitor.get("/console", headers={"Host": "evil.example"}).status_code == 400
