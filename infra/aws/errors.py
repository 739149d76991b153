"""Errors of the AWS SDK in words that say what to do."""

from collections.abc import Mapping

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from infra.user_error import UserError

NO_ANSWER = "AWS does not answer. Check the network, and the region's name."
NOT_OF_AWS = "What came back is no answer of AWS. Check the network, its proxy and its login."
UNKNOWN_CREDENTIALS = (
    "AWS does not know these credentials. Check them with `aws sts get-caller-identity`, and "
    "whether the account has enabled this region."
)
EXPIRED_CREDENTIALS = (
    "The AWS credentials have expired. Get new ones, such as with `aws sso login`."
)
ADVICE_BY_NAME = {
    "NoRegionError": "No AWS region is set. Set AWS_REGION, such as AWS_REGION=eu-central-1.",
    "NoCredentialsError": "No AWS credentials were found. Set AWS_PROFILE, or run `aws configure`.",
    "PartialCredentialsError": "The AWS credentials are incomplete. Run `aws configure`.",
    "ProfileNotFound": "AWS_PROFILE names a profile that does not exist: see `aws configure list`.",
    "ConnectionError": NO_ANSWER,
    "HTTPClientError": NO_ANSWER,
    "InvalidRegionError": "AWS_REGION is no region. Set it, such as AWS_REGION=eu-central-1.",
    "LoginError": "The session has ended. Run `aws login`, then repeat.",
    "MissingDependencyException": (
        "These credentials need a part of the AWS SDK that is not installed. Run "
        '`eval "$(aws configure export-credentials --format env)"`, then repeat.'
    ),
    "SSOError": "The session has ended. Run `aws sso login`.",
    "TokenRetrievalError": "The session has ended. Run `aws sso login`.",
}
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
# Services name the same error differently.
INVALID = {
    *("InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "InvalidToken"),
    *("SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature"),
    *("MissingAuthenticationToken", "AuthFailure"),
}
ADVICE_BY_CODE = {
    **dict.fromkeys(EXPIRED, EXPIRED_CREDENTIALS),
    **dict.fromkeys(INVALID, UNKNOWN_CREDENTIALS),
}
HTML = ("<!doctype html", "<html")  # a page, such as of a proxy
THROTTLED = {
    *("Throttling", "ThrottlingException", "ThrottledException", "RequestLimitExceeded"),
    *("RequestThrottledException", "TooManyRequestsException", "SlowDown"),
}
DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}


# All errors of the SDK; the last one is of a proxy that answers instead of AWS.
AWS_ERRORS = (BotoCoreError, ClientError, ResponseParserError)
type AwsError = BotoCoreError | ClientError | ResponseParserError

ENDPOINT = "AWS_ENDPOINT_URL"


def require_valid_endpoint(environment: Mapping[str, str]) -> None:
    """Raise ``UserError`` for an address of another cloud that the SDK cannot read."""
    url = environment.get(ENDPOINT, "")
    if url and not url.startswith(("http://", "https://")):
        raise UserError(f"{ENDPOINT} is {url}: it must begin with http:// or https://.")


def to_user_error(error: UserError | AwsError) -> UserError:
    """The same error, with the words of `explain_aws_error` if AWS or its SDK raised it."""
    return error if isinstance(error, UserError) else UserError(explain_aws_error(error))


def explain_aws_error(error: AwsError) -> str:
    """One or two sentences; the SDK's own text if there is nothing better to say."""
    if isinstance(error, ClientError):
        return _explain_answer(error)
    if isinstance(error, ResponseParserError):
        return NOT_OF_AWS
    for kind in type(error).__mro__:
        if kind.__name__ in ADVICE_BY_NAME:
            return ADVICE_BY_NAME[kind.__name__]
    return f"AWS could not be called: {error}"


def _explain_answer(error: ClientError) -> str:
    code = error.response["Error"].get("Code", "")
    message = error.response["Error"].get("Message", "")
    if message.lstrip().lower().startswith(HTML):
        return NOT_OF_AWS
    if code in ADVICE_BY_CODE:
        return ADVICE_BY_CODE[code]
    if code in DENIED:
        return f"These credentials may not do {error.operation_name}. {message}"
    if code in THROTTLED:
        return f"AWS throttles {error.operation_name}. Wait a minute, then repeat the command."
    if code == "ValidationError" and "does not exist" in message:
        return f"{message}. Check the stack's name and the region."
    reason = f": {message}" if message else "."
    return f"AWS answered {error.operation_name} with {code}{reason}"
