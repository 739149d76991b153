"""`shop deploy`: bring the open shop to what the working tree says."""

from infra.cli.terminal import HOME, Progress, out
from infra.local.cloud import LocalCloud
from infra.local.deploy import deploy as deploy_to


def deploy() -> None:
    """Deploy template and code to the open shop, as `shop dev` does by itself at each change."""
    cloud = LocalCloud.running_in(HOME)
    with Progress().shown() as progress:
        progress.step("Deploying infra/template.yaml")
        deployment = deploy_to(cloud)
    changed = (*(["stack"] if deployment.stack_changed else []), *deployment.updated)
    out.print(f"Updated: {', '.join(changed)}" if changed else "Nothing had changed.")
    for name, value in sorted(deployment.outputs.items()):
        out.print(f"  {name:<24} {value}", soft_wrap=True)
