"""AWS's limits, as data: what a call, a request or a setting may not exceed, and its source.

``infra/local/aws_refusals.py`` refuses the calls of the tests and of the local functions that
exceed one of them, with AWS's own error. KB and MB are powers of 1,024, as in AWS's documents.
"""

from collections.abc import Iterator
from typing import NamedTuple

KB, MB = 1_024, 1_024 * 1_024
DOCS = "https://docs.aws.amazon.com"
API_GATEWAY = f"{DOCS}/apigateway/latest/developerguide/http-api-quotas.html"
CLOUDFORMATION = f"{DOCS}/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"
DYNAMODB = f"{DOCS}/amazondynamodb/latest/developerguide/Constraints.html"
DYNAMODB_API = f"{DOCS}/amazondynamodb/latest/APIReference"
EMF = (
    f"{DOCS}/AmazonCloudWatch/latest/monitoring"
    "/CloudWatch_Embedded_Metric_Format_Specification.html"
)
EVENTBRIDGE = f"{DOCS}/eventbridge/latest/APIReference/API_PutEvents.html"
LAMBDA = f"{DOCS}/lambda/latest/dg/gettingstarted-limits.html"
LAMBDA_INVOKE = f"{DOCS}/lambda/latest/dg/API_Invoke.html"
S3 = f"{DOCS}/AmazonS3/latest/userguide/object-keys.html"
S3_METADATA = f"{DOCS}/AmazonS3/latest/userguide/UsingMetadata.html"
S3_ERRORS = f"{DOCS}/AmazonS3/latest/API/ErrorResponses.html"
SES = f"{DOCS}/ses/latest/dg/quotas.html"
SES_ADDRESS = f"{DOCS}/ses/latest/APIReference-V2/API_BulkEmailEntry.html"
SES_HEADER = f"{DOCS}/ses/latest/APIReference-V2/API_MessageHeader.html"
SNS = f"{DOCS}/sns/latest/dg/large-message-payloads.html"
SNS_API = f"{DOCS}/sns/latest/api/API_Publish.html"
SQS = f"{DOCS}/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"
SQS_API = f"{DOCS}/AWSSimpleQueueService/latest/APIReference"
STEP_FUNCTIONS = f"{DOCS}/step-functions/latest/dg/service-quotas.html"
STEP_FUNCTIONS_API = f"{DOCS}/step-functions/latest/apireference"


class AwsLimit(NamedTuple):
    """At most ``value`` of ``unit``; ``code`` and ``message`` are those of AWS's error.

    A limit without a code belongs to no API call: a test compares it with what it limits.
    """

    value: int
    unit: str
    source: str
    code: str = ""
    message: str = ""


class Refusal(NamedTuple):
    """The code and the message of AWS's error."""

    code: str
    message: str


def above(limit: AwsLimit, size: int) -> Iterator[Refusal]:
    """AWS's refusal if the size is above the limit."""
    if size > limit.value:
        yield Refusal(limit.code, f"{limit.message} ({size:,} {limit.unit}; {limit.source})")


_INVALID = "ValidationException"

SES_RECIPIENTS = AwsLimit(
    50, "recipients", SES, "BadRequestException", "Recipient count exceeds 50."
)
SES_MESSAGE = AwsLimit(
    40 * MB, "bytes", SES, "BadRequestException", "Message length is more than 41943040 bytes long."
)
SES_HEADER_NAME = AwsLimit(
    126, "characters", SES_HEADER, "BadRequestException", "Invalid header name."
)
SES_HEADER_VALUE = AwsLimit(
    870, "characters", SES_HEADER, "BadRequestException", "Invalid header value."
)
# A new account is in the sandbox: it sends only to verified addresses, and only so many emails.
SES_SANDBOX_EMAILS = AwsLimit(200, "emails in 24 hours", SES)

SQS_MESSAGE = AwsLimit(  # 256 KB until August 2025
    1 * MB,
    "bytes",
    SQS,
    "InvalidParameterValue",
    "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.",
)
SQS_BATCH = AwsLimit(
    1 * MB,
    "bytes",
    f"{SQS_API}/API_SendMessageBatch.html",
    "AWS.SimpleQueueService.BatchRequestTooLong",
    "Batch requests cannot be longer than 1048576 bytes.",
)
SQS_BATCH_ENTRIES = AwsLimit(
    10,
    "entries",
    SQS,
    "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
    "Maximum number of entries per request are 10.",
)
SQS_ATTRIBUTES = AwsLimit(
    10,
    "message attributes",
    SQS,
    "InvalidParameterValue",
    "Number of message attributes exceeds the allowed maximum of 10.",
)
SQS_DELAY = AwsLimit(
    900,
    "seconds",
    f"{SQS_API}/API_SendMessage.html",
    "InvalidParameterValue",
    "Value for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
)
SQS_VISIBILITY = AwsLimit(
    43_200,
    "seconds",
    f"{SQS_API}/API_ChangeMessageVisibility.html",
    "InvalidParameterValue",
    "Value for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200.",
)
SQS_RECEIVED = AwsLimit(
    10,
    "messages",
    f"{SQS_API}/API_ReceiveMessage.html",
    "InvalidParameterValue",
    "Value for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10.",
)

SNS_MESSAGE = AwsLimit(  # of a topic without MaximumMessageSize
    256 * KB, "bytes", SNS, "InvalidParameter", "Invalid parameter: Message too long"
)
SNS_BATCH_ENTRIES = AwsLimit(
    10,
    "entries",
    f"{DOCS}/sns/latest/api/API_PublishBatch.html",
    "TooManyEntriesInBatchRequest",
    "The batch request contains more entries than permissible.",
)
SNS_SUBJECT = AwsLimit(100, "characters", SNS_API, "InvalidParameter", "Invalid parameter: Subject")

DYNAMODB_ITEM = AwsLimit(
    400 * KB, "bytes", DYNAMODB, _INVALID, "Item size has exceeded the maximum allowed size"
)
DYNAMODB_HASH_KEY = AwsLimit(
    2_048,
    "bytes",
    DYNAMODB,
    _INVALID,
    "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size"
    " limit of2048 bytes",
)
DYNAMODB_RANGE_KEY = AwsLimit(
    1_024,
    "bytes",
    DYNAMODB,
    _INVALID,
    "One or more parameter values were invalid: Aggregated size of all range keys has exceeded"
    " the size limit of 1024 bytes",
)
DYNAMODB_EXPRESSION = AwsLimit(
    4 * KB,
    "bytes",
    DYNAMODB,
    _INVALID,
    "Invalid expression: Expression size has exceeded the maximum allowed size",
)
DYNAMODB_TRANSACTION_ITEMS = AwsLimit(
    100,
    "items",
    f"{DYNAMODB_API}/API_TransactWriteItems.html",
    _INVALID,
    "Member must have length less than or equal to 100",
)
DYNAMODB_TRANSACTION = AwsLimit(
    4 * MB,
    "bytes",
    f"{DYNAMODB_API}/API_TransactWriteItems.html",
    _INVALID,
    "Collection size exceeded: the aggregate size of the items cannot exceed 4 MB",
)
DYNAMODB_BATCH_KEYS = AwsLimit(  # an answer above 16 MB is not refused, but returned in parts
    100,
    "keys",
    f"{DYNAMODB_API}/API_BatchGetItem.html",
    _INVALID,
    "Too many items requested for the BatchGetItem call",
)
DYNAMODB_BATCH_WRITES = AwsLimit(
    25,
    "items",
    f"{DYNAMODB_API}/API_BatchWriteItem.html",
    _INVALID,
    "Too many items requested for the BatchWriteItem call",
)

STEP_FUNCTIONS_INPUT = AwsLimit(
    256 * KB,
    "bytes",
    STEP_FUNCTIONS,
    _INVALID,
    "Value at 'input' failed to satisfy constraint: Member must have length less than or equal to"
    " 262144",
)
STEP_FUNCTIONS_OUTPUT = AwsLimit(
    256 * KB,
    "bytes",
    f"{STEP_FUNCTIONS_API}/API_SendTaskSuccess.html",
    _INVALID,
    "Value at 'output' failed to satisfy constraint: Member must have length less than or equal to"
    " 262144",
)
STEP_FUNCTIONS_CAUSE = AwsLimit(
    32_768,
    "characters",
    f"{STEP_FUNCTIONS_API}/API_SendTaskFailure.html",
    _INVALID,
    "Value at 'cause' failed to satisfy constraint: Member must have length less than or equal to"
    " 32768",
)
STEP_FUNCTIONS_NAME = AwsLimit(
    80,
    "characters",
    f"{STEP_FUNCTIONS_API}/API_StartExecution.html",
    _INVALID,
    "Value at 'name' failed to satisfy constraint: Member must have length less than or equal to"
    " 80",
)
STEP_FUNCTIONS_HISTORY = AwsLimit(25_000, "events of one execution", STEP_FUNCTIONS)

LAMBDA_REQUEST = AwsLimit(
    6 * MB,
    "bytes",
    LAMBDA_INVOKE,
    "RequestTooLargeException",
    "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
)
LAMBDA_ASYNC_REQUEST = AwsLimit(  # 256 KB in older documents
    1 * MB,
    "bytes",
    LAMBDA_INVOKE,
    "RequestTooLargeException",
    "Request must be smaller than 1048576 bytes for the InvokeFunction operation",
)
LAMBDA_RESPONSE = AwsLimit(6 * MB, "bytes", LAMBDA)
LAMBDA_ENVIRONMENT = AwsLimit(4 * KB, "bytes of all environment variables", LAMBDA)
API_GATEWAY_REQUEST = AwsLimit(10 * MB, "bytes", API_GATEWAY)
API_GATEWAY_HEADERS = AwsLimit(10_240, "bytes of request line and header values", API_GATEWAY)
CLOUDFORMATION_PARAMETER = AwsLimit(4_096, "bytes", CLOUDFORMATION)

S3_KEY = AwsLimit(1_024, "bytes", S3, "KeyTooLongError", "Your key is too long")
S3_USER_METADATA = AwsLimit(
    2 * KB,
    "bytes",
    S3_METADATA,
    "MetadataTooLarge",
    "Your metadata headers exceed the maximum allowed metadata size",
)
S3_UPLOAD_POLICY = AwsLimit(20 * KB, "bytes of a form without its file", S3_ERRORS)

EVENTBRIDGE_ENTRIES = AwsLimit(
    10,
    "entries",
    EVENTBRIDGE,
    _INVALID,
    "Value at 'entries' failed to satisfy constraint: Member must have length less than or equal"
    " to 10",
)
EMF_METRICS = AwsLimit(100, "metrics of one directive", EMF)
EMF_DIMENSIONS = AwsLimit(30, "dimensions of one set", EMF)

ALL_LIMITS: dict[str, AwsLimit] = {
    name: it for name, it in globals().items() if isinstance(it, AwsLimit)
}
