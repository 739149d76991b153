"""What AWS answers is stubbed; each answer is checked against the service's model."""

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from infra.aws.email_checks import EMAIL_ADDRESS, is_reserved
from infra.aws.preflight import run_checks
from infra.cli.aws_checks import TEMPLATE
from infra.local.packaging import read_template

SANDBOX, PRODUCTION = False, True


class StubbedAccount:
    """Clients of one account, with the answers that a test adds."""

    def __init__(self) -> None:
        self._clients = {
            name: boto3.client(name, region_name="eu-central-1")
            for name in ("sts", "lambda", "sesv2")
        }
        self._stubbers = {name: Stubber(it) for name, it in self._clients.items()}
        for stubber in self._stubbers.values():
            stubber.activate()

    def client(self, name: str) -> Any:
        return self._clients[name]

    def answers(self, *, executions: int = 1_000, production: bool = PRODUCTION) -> None:
        self._stubbers["sts"].add_response("get_caller_identity", {"Account": "0" * 12})
        limit = {"AccountLimit": {"ConcurrentExecutions": executions}}
        self._stubbers["lambda"].add_response("get_account_settings", limit)
        self._stubbers["sesv2"].add_response("get_account", {"ProductionAccessEnabled": production})

    def knows_no_identity(self) -> None:
        self._stubbers["sesv2"].add_client_error("get_email_identity", "NotFoundException")

    def knows_identity(self, *, verified: bool) -> None:
        response = {"VerifiedForSendingStatus": verified}
        self._stubbers["sesv2"].add_response("get_email_identity", response)


@pytest.fixture
def account() -> StubbedAccount:
    return StubbedAccount()


def checks(
    account: StubbedAccount,
    *,
    region: str = "eu-central-1",
    stack: str = "hearth-and-clay",
    mail_from: str = "orders@shop.com",
) -> dict[str, str]:
    """The state of each check that is not ok, by its words."""
    found = run_checks(account.client, region=region, stack_name=stack, mail_from=mail_from)
    return {it.words: it.state for it in found if it.state != "ok"}


def test_usual_account_has_nothing_to_warn_of(account: StubbedAccount) -> None:
    account.answers()
    account.knows_identity(verified=True)

    assert checks(account) == {}


@pytest.mark.parametrize("region", ["eu-north-1", "cn-north-1", "us-gov-west-1", "mars-1"])
def test_unsupported_region_is_refused(account: StubbedAccount, region: str) -> None:
    """Its AWS is not called: it may have no answer, or one about another region."""
    ((words, state),) = checks(account, region=region).items()

    assert state == "refused"
    assert words.startswith(f"{region} is no region, or lacks a service of the shop.")


@pytest.mark.parametrize("stack", ["Shop", "a" * 28, "1shop", "my_shop"])
def test_name_that_fits_no_bucket_is_refused(account: StubbedAccount, stack: str) -> None:
    assert [*checks(account, stack=stack).values()] == ["refused"]


def test_sandbox_and_low_concurrency_of_a_new_account_are_reported(
    account: StubbedAccount,
) -> None:
    account.answers(executions=10, production=SANDBOX)
    account.knows_no_identity()
    account.knows_no_identity()

    concurrency, sandbox = checks(account).items()
    assert concurrency[0].startswith("10 functions may run at once")
    assert "SES is in the sandbox here" in sandbox[0]
    assert {concurrency[1], sandbox[1]} == {"warning"}


def test_domain_that_the_account_has_already_is_named(account: StubbedAccount) -> None:
    account.answers()
    account.knows_no_identity()
    account.knows_identity(verified=False)

    ((words, state),) = checks(account).items()
    assert (state, words.split()[0]) == ("warning", "shop.com")
    assert "SenderVerification=existing" in words


@pytest.mark.parametrize(
    "address",
    ["orders@hearth.example", "a@example.com", "a@b.example.org", "a@localhost", "a@shop.test"],
)
def test_sender_in_a_reserved_domain_is_refused(account: StubbedAccount, address: str) -> None:
    account.answers()

    assert [*checks(account, mail_from=address).values()] == ["refused"]


@pytest.mark.parametrize("address", ["", "orders", "orders@", "@shop.com", "my orders@shop.com"])
def test_sender_that_is_no_address_is_refused(account: StubbedAccount, address: str) -> None:
    """The SDK once answered for it that EmailIdentity is too short."""
    account.answers()

    ((words, state),) = checks(account, mail_from=address).items()
    assert state == "refused"
    assert words.startswith(f"{address!r} is no email address")


def test_preflight_refuses_each_address_that_the_template_refuses() -> None:
    pattern = read_template(TEMPLATE)["Parameters"]["MailFrom"]["AllowedPattern"]

    assert pattern == f"^{EMAIL_ADDRESS.pattern}$"


@pytest.mark.parametrize("address", ["a@example.shop", "a@myexample.com", "a@test.de"])
def test_similar_domain_is_not_reserved(address: str) -> None:
    assert not is_reserved(address)
