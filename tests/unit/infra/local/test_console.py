"""The console's mailbox and its merchant's key, before a cloud that has really sent letters."""

from contextlib import suppress

import httpx
import pytest
from starlette.applications import Starlette

from infra.local.cloud import LocalCloud
from infra.local.console.emails import Mailbox
from infra.local.console.pages import console
from infra.local.console.sign_in import sign_in_link
from infra.user_error import Trouble
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
    return Visitor(Starlette(routes=console(cloud)))


def test_the_newest_letter_comes_first(cloud: LocalCloud) -> None:
    for subject in ("Thank you", "On its way"):
        send(cloud, "first@example.com", subject)

    letters = Mailbox(cloud).letters(to="first@example.com")

    assert [letter.subject for letter in letters] == ["On its way", "Thank you"]


def test_letters_are_filtered_by_any_part_of_an_address(
    cloud: LocalCloud, visitor: Visitor
) -> None:
    send(cloud, "ada@example.com", "For Ada")
    send(cloud, "grace@example.com", "For Grace")

    page = visitor.get("/console", params={"to": "ADA"}).text

    assert "For Ada" in page
    assert "For Grace" not in page


def test_what_a_letter_says_is_shown_as_text(cloud: LocalCloud, visitor: Visitor) -> None:
    send(cloud, "text@example.com", "<b>Bold</b>", text="See http://localhost/orders/1 <i>now</i>")
    letter = Mailbox(cloud).letters(to="text@example.com")[0]

    page = visitor.get(f"/console/letters/{letter.letter_id}").text

    assert "&lt;b&gt;Bold&lt;/b&gt;" in page
    assert '<a href="http://localhost/orders/1" rel=' in page


def test_a_letters_html_stands_alone_and_may_run_nothing(
    cloud: LocalCloud, visitor: Visitor
) -> None:
    send(cloud, "html@example.com", "Hello", html="<script>alert(1)</script><p>Hello</p>")
    letter = Mailbox(cloud).letters(to="html@example.com")[0]

    answer = visitor.get(f"/console/letters/{letter.letter_id}/html")

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox " in policy
    assert "allow-scripts" not in policy


def test_an_unknown_letter_is_not_found(visitor: Visitor) -> None:
    assert visitor.get("/console/letters/unknown").status_code == 404


def test_the_key_is_the_link_of_the_letter_sent_for_it(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = "http://localhost:8000"
    send(cloud, "key@example.com", "An older link", text=f"{shop}/sign-in/older")

    def send_link(*_: object, data: dict[str, str], **__: object) -> httpx.Response:
        send(cloud, data["email"], "Your link", text=f"Go to {shop}/sign-in/newer to sign in")
        return httpx.Response(200)

    monkeypatch.setattr(httpx, "post", send_link)

    assert sign_in_link(shop, "key@example.com", Mailbox(cloud)) == f"{shop}/sign-in/newer"


def test_without_a_letter_the_key_says_so(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(httpx, "post", lambda *_, **__: httpx.Response(200))
    monkeypatch.setattr("infra.local.console.sign_in.LETTER_TAKES", 0.2)

    with pytest.raises(Trouble, match=r"No sign-in letter for nobody@example\.com"):
        sign_in_link("http://localhost:8000", "nobody@example.com", Mailbox(cloud))


def test_a_shop_that_does_not_work_gives_no_key(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(httpx, "post", lambda *_, **__: httpx.Response(500))

    with pytest.raises(Trouble, match="the shop answered 500"):
        sign_in_link("http://localhost:8000", "nobody@example.com", Mailbox(cloud))


def test_another_site_cannot_turn_the_key(visitor: Visitor) -> None:
    answer = visitor.post("/console/sign-in", headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403


def test_it_answers_only_to_this_machines_own_names(visitor: Visitor) -> None:
    assert visitor.get("/console").status_code == 200
    assert visitor.get("/console", headers={"Host": "127.0.0.1:8000"}).status_code == 200
    assert visitor.get("/console", headers={"Host": "evil.example"}).status_code == 400
