"""The names and ARNs of the resources that a template creates."""

from collections.abc import Mapping

ACCOUNT, REGION, STACK = "000000000000", "eu-central-1", "hearth-and-clay"

# By resource type: the property with the name, and the ARN after `arn:aws:`.
NAMING: Mapping[str, tuple[str, str]] = {
    "AWS::CloudWatch::CompositeAlarm": ("AlarmName", "cloudwatch:{here}:alarm:{name}"),
    "AWS::CloudWatch::Alarm": ("AlarmName", "cloudwatch:{here}:alarm:{name}"),
    "AWS::DynamoDB::Table": ("TableName", "dynamodb:{here}:table/{name}"),
    "AWS::Events::Rule": ("Name", "events:{here}:rule/{name}"),
    "AWS::IAM::Role": ("RoleName", "iam::{account}:role/{name}"),
    "AWS::Lambda::Function": ("FunctionName", "lambda:{here}:function:{name}"),
    "AWS::Logs::LogGroup": ("LogGroupName", "logs:{here}:log-group:{name}:*"),
    "AWS::S3::Bucket": ("BucketName", "s3:::{name}"),
    # AWS adds six characters to a secret's name.
    "AWS::SecretsManager::Secret": ("Name", "secretsmanager:{here}:secret:{name}-AbCdEf"),
    "AWS::SNS::Topic": ("TopicName", "sns:{here}:{name}"),
    "AWS::SQS::Queue": ("QueueName", "sqs:{here}:{name}"),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", "states:{here}:stateMachine:{name}"),
}
REF_IS_ARN = {
    "AWS::SNS::Topic",
    "AWS::StepFunctions::StateMachine",
    "AWS::SecretsManager::Secret",
}


def name_property(kind: str) -> str:
    """The property with the resource's name; without a value, AWS generates the name."""
    return NAMING[kind][0] if kind in NAMING else ""


def arn_of(kind: str, name: str) -> str:
    rest = NAMING[kind][1] if kind in NAMING else "unknown:{here}:{name}"
    here = f"{REGION}:{ACCOUNT}"
    return f"arn:aws:{rest.format(here=here, account=ACCOUNT, name=name)}"


def ref_of(kind: str, name: str) -> str:
    """The value of `!Ref`."""
    if kind in REF_IS_ARN:
        return arn_of(kind, name)
    if kind == "AWS::SQS::Queue":
        return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
    return name
