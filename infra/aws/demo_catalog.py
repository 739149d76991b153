"""Fill a stack on AWS with the demo catalog, so that people can shop in it and load-test it."""

from infra.aws.stack_states import require_running
from infra.local.seed import ReportDetail, start_seeder, wait_for_seeder
from infra.ops.deployed_stack import DeployedStack
from infra.user_error import UserError


def seed_stack(stack: DeployedStack, report: ReportDetail) -> None:
    """Create the products, their stock and the discount code, and upload the images.

    The application's own functions run on this machine, with the settings of the admin function and
    the credentials of the environment; images pass the same presigned forms and thumbnails as those
    of merchants. A repeat changes nothing; after an interruption it continues with what is missing.
    Raises ``UserError`` if it fails, for example because the stack is not complete.
    """
    require_running(stack)
    wait_for_seeder(start_seeder(admin_environment(stack)), report)


def admin_environment(stack: DeployedStack) -> dict[str, str]:
    """The environment variables of the admin function, and the region in which it runs."""
    function = stack.resources("AWS::Lambda::Function").get("AdminFunction")
    if function is None:
        raise UserError(
            f"{stack.stack_name} has no admin function: it is not complete (see `shop aws status "
            f"--stack {stack.stack_name}`)."
        )
    functions = stack.client("lambda")
    configuration = functions.get_function_configuration(FunctionName=function)
    region = functions.meta.region_name
    variables: dict[str, str] = configuration.get("Environment", {}).get("Variables", {})
    return {**variables, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}
