"""The names and ARNs that AWS gives to what a template makes."""

from collections.abc import Mapping

ACCOUNT, REGION, STACK = "000000000000", "eu-central-1", "hearth-and-clay"

# By type: the property that names it, and the rest of its ARN.
NAMED_BY: Mapping[str, tuple[str, str]] = {
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
NAMED_BY_ARN = {
    "AWS::SNS::Topic",
    "AWS::StepFunctions::StateMachine",
    "AWS::SecretsManager::Secret",
}


def property_that_names(kind: str) -> str:
    """Where it is not given, AWS makes a name up, and the logical id stands for it here."""
    return NAMED_BY[kind][0] if kind in NAMED_BY else ""


def arn_of(kind: str, name: str) -> str:
    rest = NAMED_BY[kind][1] if kind in NAMED_BY else "unknown:{here}:{name}"
    here = f"{REGION}:{ACCOUNT}"
    return f"arn:aws:{rest.format(here=here, account=ACCOUNT, name=name)}"


def ref_of(kind: str, name: str) -> str:
    """What `!Ref` gives."""
    if kind in NAMED_BY_ARN:
        return arn_of(kind, name)
    if kind == "AWS::SQS::Queue":
        return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
    return name
