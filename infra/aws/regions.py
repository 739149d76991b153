"""The AWS regions in which the template can be deployed."""

from botocore.exceptions import NoRegionError

from infra.user_error import UserError

# Every resource type of the template exists in them, which cfn-lint checks. All belong to the
# commercial partition: the bundles know the endpoints of no other. The template repeats the list.
SUPPORTED_REGIONS = (
    *("ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
    *("ca-central-1", "eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "me-south-1"),
    *("sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"),
)


def explain_unsupported(region: str) -> str:
    return (
        f"{region} is no region, or lacks a service of the shop. Set AWS_REGION to one of "
        f"{', '.join(SUPPORTED_REGIONS)}."
    )


def require_supported(region: str | None) -> str:
    """The region. Raises ``NoRegionError`` without one, and ``UserError`` if no shop can be there.

    AWS itself answers late or not at all for a region that does not exist.
    """
    if not region:
        raise NoRegionError
    if region not in SUPPORTED_REGIONS:
        raise UserError(explain_unsupported(region))
    return region
