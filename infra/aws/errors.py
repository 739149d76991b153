"""Errors of the AWS SDK in words that say what to do."""

from botocore.exceptions import BotoCoreError, ClientError

from infra.user_error import UserError

ADVICE_BY_NAME = {
    "NoRegionError": "No AWS region is set. Set AWS_REGION, such as AWS_REGION=eu-central-1.",
    "NoCredentialsError": "No AWS credentials were found. Run `aws login` or `aws configure`.",
    "PartialCredentialsError": "The AWS credentials are incomplete. Run `aws configure`.",
    "ProfileNotFound": "AWS_PROFILE names a profile that does not exist: see `aws configure list`.",
    "EndpointConnectionError": "AWS does not answer. Check the network, and the region's name.",
    "WaiterError": "The stack was not deleted: see its events in CloudFormation, and repeat.",
    "TokenRetrievalError": "The session has ended. Run `aws sso login`.",
    "UnauthorizedSSOTokenError": "The session has ended. Run `aws sso login`.",
}
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
INVALID = {"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch"}
DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}


def to_user_error(error: UserError | BotoCoreError | ClientError) -> UserError:
    """The same error, with the words of `explain_aws_error` if AWS or its SDK raised it."""
    return error if isinstance(error, UserError) else UserError(explain_aws_error(error))


def explain_aws_error(error: BotoCoreError | ClientError) -> str:
    """One or two sentences; the SDK's own text if there is nothing better to say."""
    if isinstance(error, ClientError):
        return _explain_answer(error)
    for kind in type(error).__mro__:
        if kind.__name__ in ADVICE_BY_NAME:
            return ADVICE_BY_NAME[kind.__name__]
    return f"AWS could not be called: {error}"


def _explain_answer(error: ClientError) -> str:
    code = error.response["Error"].get("Code", "")
    message = error.response["Error"].get("Message", "")
    if code in EXPIRED:
        return "The AWS credentials have expired. Get new ones, such as with `aws login`."
    if code in INVALID:
        return "AWS does not know these credentials. Check them with `aws sts get-caller-identity`."
    if code in DENIED:
        return f"These credentials may not do {error.operation_name}. {message}"
    if code == "ValidationError" and "does not exist" in message:
        return f"{message}. Check the stack's name and the region."
    reason = f": {message}" if message else "."
    return f"AWS answered {error.operation_name} with {code}{reason}"
