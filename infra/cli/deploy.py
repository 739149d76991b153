"""`shop deploy`: deploy the working tree to the running local shop."""

from infra.cli.terminal import STATE_FOLDER, Progress, out
from infra.local.cloud import LocalCloud
from infra.local.deploy import deploy as deploy_to


def deploy() -> None:
    """Deploy the working tree to the running shop.

    `shop dev` does this by itself on each change. For AWS use `sam deploy`; see README.
    """
    cloud = LocalCloud.running_in(STATE_FOLDER)
    with Progress().display() as progress:
        progress.step("Deploying infra/template.yaml")
        deployment = deploy_to(cloud)
    updated = (*(["stack"] if deployment.stack_changed else []), *deployment.updated)
    out.print(f"Updated: {', '.join(updated)}" if updated else "Nothing has changed.")
    for name, value in sorted(deployment.outputs.items()):
        out.print(f"  {name:<24} {value}", soft_wrap=True)
