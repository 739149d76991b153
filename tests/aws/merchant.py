"""The shop's owner in the admin: signs in, uploads images, and decides on reviews.

No test can read the owner's inbox, so the application's own code stores the sign-in link, with the
credentials of the person who runs the tests.
"""

import re
from typing import Literal, Self

import httpx

from infra.local.form_client import Shopper, hidden_fields
from infra.ops.app_process import run_app_module
from infra.ops.deployed_stack import DeployedStack

FORM_OF_S3 = re.compile(r'<form[^>]*action="(http[^"]+)".*?</form>', re.DOTALL)


class Merchant:
    """A browser in which the owner is signed in."""

    def __init__(self, browser: httpx.Client) -> None:
        self._browser = browser

    @classmethod
    def sign_in(cls, stack: DeployedStack, email: str) -> Self:
        token = run_app_module(stack, "infra.local.console.magic_link", email.encode()).decode()
        merchant = cls(Shopper(stack.outputs()["BaseUrl"].rstrip("/")).browser)
        merchant._post(f"/sign-in/{token}")
        return merchant

    def upload_image(self, slug: str, alt: str, jpeg: bytes) -> str:
        """Upload through the presigned form, as a browser without JavaScript does.

        Returns the image's path in the admin.
        """
        form = {"alt": alt, "content_type": "image/jpeg"}
        location = self._post(f"/admin/products/{slug}/images", form).headers["location"]
        page = self._browser.get(location).raise_for_status().text
        found = FORM_OF_S3.search(page)
        assert found, "the page has no form of S3"
        answer = httpx.post(
            found[1], data=hidden_fields(found[0]), files={"file": jpeg}, timeout=60
        )
        assert answer.status_code in (200, 201, 204, 303), answer.text
        return str(location.partition("?")[0])

    def remove_image(self, path: str) -> None:
        self._post(f"{path}/delete")

    def decide(self, order_id: str, decision: Literal["approved", "rejected"]) -> None:
        self._post(
            f"/admin/orders/{order_id}/decision", {"decision": decision, "comment": "A test."}
        )

    def _post(self, path: str, form: dict[str, str] | None = None) -> httpx.Response:
        """Every form of the admin that succeeds answers with a redirect."""
        answer = self._browser.post(path, data=form)
        assert answer.status_code == 303, f"{path} answered {answer.status_code}"
        return answer
