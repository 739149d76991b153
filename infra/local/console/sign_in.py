"""Sign in as a merchant with one click, without an email and without counting as an attempt."""

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.cloud import LocalCloud
from infra.local.console.rendering import NOT_READY
from infra.ops.app_process import run_app_module
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError


def sign_in(cloud: LocalCloud, email: str, cookies: str) -> httpx.Response:
    """Sign in for a browser with these cookies. Returns the shop's response.

    The link is stored in the local table instead of requested by the form: a demonstration signs in
    often, and the form's rate limit is for people whom the shop does not know. Raises ``UserError``
    if the shop is not deployed yet.
    """
    stack = DeployedStack.on_local_cloud(cloud)
    try:
        token = run_app_module(stack, "infra.local.console.magic_link", email.encode()).decode()
    except (BotoCoreError, ClientError) as error:
        raise UserError(NOT_READY) from error
    # What a browser sends with the shop's own form.
    same_origin = {"Origin": cloud.shop_url, "Sec-Fetch-Site": "same-origin"}
    headers = {**same_origin, "Cookie": cookies}
    return httpx.post(f"{cloud.shop_url}/sign-in/{token}", headers=headers, timeout=30)
