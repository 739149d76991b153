"""The AWS regions in which the template can be deployed."""

# Every resource type of the template exists in them, which cfn-lint checks. All belong to the
# commercial partition: the bundles know the endpoints of no other. The template repeats the list.
SUPPORTED_REGIONS = (
    *("ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
    *("ca-central-1", "eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "me-south-1"),
    *("sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"),
)
