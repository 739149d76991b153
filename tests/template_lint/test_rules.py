"""Each rule passes a small template, and reports it when one line is changed."""

from pathlib import Path

import pytest

from tests.printed_figures import PrintFigure
from tests.template_lint import RULES, Source, check
from tests.template_lint.changed_template import lint_changed_template

LONG_RETENTION = "{MessageRetentionPeriod: 1209600}"
FILTER = "FilterPolicy: {type: [order_placed]}"
TOPIC_CONDITION = "{ArnEquals: {aws:SourceArn: !Ref OrderEventsTopic}}"
TOPIC_STATEMENT = "Principal: {Service: sns.amazonaws.com}\n            Action: sqs:SendMessage"
PUT_OBJECT = "s3:PutObject, Resource: "
SEND_TO_DLQ = "- {Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt DeadLetters.Arn}\n"
API_SOURCE = "${AWS::AccountId}:${Api}/*"
START_EXECUTION = "{Effect: Allow, Action: states:StartExecution, Resource: !Ref Workflow}"
INVOKE = "InvokeFunction, Resource: !GetAtt Step"
CATCH = "    Catch: [{ErrorEquals: [States.ALL], Next: Stuck}]\n"
ON_FAILURE = "DestinationConfig: {OnFailure: {Destination: !GetAtt DeadLetters.Arn}}"
ON_ASYNC_FAILURE = (
    "DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt DeadLetters.Arn}}"
)
STREAM = "StreamSpecification: {StreamViewType: NEW_IMAGE}"
EVENT_KIND = '{"S": ["event"]}'
PAUSE = "    Next: Pause\n  Pause: {{Type: Wait, Seconds: {seconds}, Next: Charge}}\n"
RETURNED = "{Id: returned, Arn: !GetAtt FailedExecutions.Arn}"
OUTCOME = "    Output: \"{% $error('other') %}\"\n    Next: Done\n"

# Rule, resource, the original text, the wrong text, words of the finding.
BROKEN = [
    ("W1", "Queue", "VisibilityTimeout: 300", "VisibilityTimeout: 179", "to 180 or more"),
    (
        "W1",
        "Queue",
        "5}\n  Worker",
        "5}\n      MaximumBatchingWindowInSeconds: 121\n  Worker",
        "301",
    ),
    ("W2", "Queue", ", maxReceiveCount: 1000}", ", maxReceiveCount: 863}", "throttling"),
    ("W2", "Queue", "VisibilityTimeout: 300", "VisibilityTimeout: 259", "to 260 or more"),
    ("W2", "Queue", "VisibilityTimeout: 300", "VisibilityTimeout: 486", "lower Visibility"),
    ("W2", "Queue", "Period: 604800", "Period: 472800", "deletes a message after 472800 s"),
    ("W2", "Queue", LONG_RETENTION, "{MessageRetentionPeriod: 345600}", "keep them longer"),
    ("W2", "Queue", "DeadLetters.Arn, maxRec", "Orders.Arn, maxRec", "no queue of this template"),
    ("W2", "Unused", "  Api: {", "  Unused: {Type: AWS::SQS::Queue}\n  Api: {", "RedrivePolicy"),
    (
        "W10",
        "QueueMapping",
        "BatchItemFailures]",
        "BatchItemFailures]\n      Enabled: false",
        "disabled",
    ),
    (
        "W10",
        "ExecutionFailedRule",
        "      EventPattern",
        "      State: DISABLED\n      EventPattern",
        "disabled",
    ),
    (
        "W2",
        "Alone",
        "  Log:",
        "  Alone: {Type: AWS::SQS::Queue}\n  Log:",
        "not a dead-letter queue",
    ),
    ("W3", "Queue", "Queues: [!Ref Queue,", "Queues: [", "no policy for"),
    (
        "W3",
        "TopicQueuePolicy",
        f'Resource: "*"\n            Condition: {TOPIC_CONDITION}',
        f"Resource: [!GetAtt Queue.Arn]\n            Condition: {TOPIC_CONDITION}",
        "which SQS refuses",
    ),
    (
        "W3",
        "Queue",
        TOPIC_CONDITION,
        "{ArnEquals: {aws:SourceArn: !GetAtt Web.Arn}}",
        "never sends",
    ),
    (
        "W3",
        "Queue",
        TOPIC_STATEMENT,
        TOPIC_STATEMENT.replace("sqs:SendMessage", "sqs:*"),
        "more than sending",
    ),
    (
        "W3",
        "Queue",
        TOPIC_STATEMENT,
        TOPIC_STATEMENT.replace("{Service: sns.amazonaws.com}", "'*'"),
        "as OrderEventsTopic",
    ),
    ("W4", "Subscription", "RawMessageDelivery: true", "RawMessageDelivery: false", "envelope"),
    (
        "W4",
        "Subscription",
        "RedrivePolicy: {deadLetterTargetArn: !GetAtt DeadLetters.Arn}",
        "",
        "drops",
    ),
    ("W5", "Subscription", FILTER, "FilterPolicy: {type: [order_plaid]}", "check the spelling"),
    ("W5", "Subscription", FILTER, "FilterPolicy: {typ: [order_placed]}", "drops order_placed"),
    ("W5", "OrderEventsTopic", FILTER, "FilterPolicy: {type: []}", "reaches no consumer"),
    ("W5", "Subscription", FILTER, f"{FILTER}\n      FilterPolicyScope: MessageBody", "attribute"),
    ("W5", "Subscription", "email.handler", "unknown.handler", "which ignores it"),
    (
        "W6",
        "QueueMapping",
        "FunctionResponseTypes: [ReportBatchItemFailures]\n",
        "\n",
        "deletes failed",
    ),
    ("W7", "QueueMapping", "ScalingConfig: {MaximumConcurrency: 5}", "", "concurrency"),
    ("W7", "QueueMapping", "MaximumConcurrency: 5", "MaximumConcurrency: 6", "concurrency is 5"),
    ("W7", "QueueMapping", "MaximumConcurrency: 5", "MaximumConcurrency: 1", "between 2"),
    ("W8", "Thumbnails", "MaximumRetryAttempts: 2\n", "MaximumRetryAttempts: 0\n", "retries"),
    ("W8", "Thumbnails", ON_ASYNC_FAILURE, "", "EventInvokeConfig"),
    (
        "W9",
        "Thumbnails",
        f'{PUT_OBJECT}"arn:aws:s3:::uploads/thumbnails/*"',
        f"{PUT_OBJECT}'*'",
        "write to images/",
    ),
    ("W9", "Thumbnails", "uploads/thumbnails/*", "uploads/images/cut/*", "another prefix"),
    ("W9", "Uploads", "Rules: [{Name: prefix, Value: images/}]", "Rules: []", "by a prefix"),
    ("W10", "Web", API_SOURCE, "${AWS::AccountId}:other/*", "SourceArn of Api"),
    ("W10", "ApiPermission", API_SOURCE, "${AWS::AccountId}:other/*", "never does"),
    ("W10", "BucketPermission", "SourceAccount: !Ref AWS::AccountId\n", "\n", "SourceAccount"),
    (
        "W10",
        "Thumbnails",
        "SourceArn: arn:aws:s3:::uploads",
        "SourceArn: arn:aws:s3:::b",
        "Uploads",
    ),
    ("W11", "Worker", "[sqs:ReceiveMessage, ", "[", "needs sqs:ReceiveMessage on Queue"),
    ("W11", "Publish", "dynamodb:GetRecords, ", "", "needs dynamodb:GetRecords on Orders"),
    ("W11", "Publish", SEND_TO_DLQ, "\n", "needs sqs:SendMessage on DeadLetters"),
    (
        "W11",
        "Workflow",
        INVOKE,
        INVOKE.replace("Invoke", "Get"),
        "needs lambda:InvokeFunction on Step",
    ),
    (
        "W11",
        "Reconciler",
        START_EXECUTION,
        START_EXECUTION.replace("Start", "Stop"),
        "Workflow: allow it",
    ),
    ("W11", "Reconciler", START_EXECUTION, START_EXECUTION.replace("Start", "Stop"), "never did"),
    (
        "W11",
        "Reconciler",
        START_EXECUTION,
        START_EXECUTION.replace("Workflow", "OrderEventsTopic"),
        "has Workflow in",
    ),
    (
        "W11",
        "Web",
        "Resource: !GetAtt Orders.Arn",
        "Resource: arn:aws:sqs:::b",
        "not in this template",
    ),
    ("W12", "Workflow", "TimeoutSeconds: 600", "Comment: endless", "for a year"),
    ("W12", "Workflow", "    TimeoutSeconds: 30\n", "", "hang forever"),
    ("W12", "Workflow", "          - Lambda.ServiceException\n", "", "when Lambda is busy"),
    ("W12", "Workflow", "MaxAttempts: 5", "MaxAttempts: 1", "retry States.Timeout"),
    ("W12", "Workflow", "MaxAttempts: 5", "BackoffRate: 1", "retry States.TaskFailed"),
    ("W12", "Workflow", CATCH, "", "add a Catch"),
    ("W12", "Workflow", "Next: Stuck", "Next: Done", "succeeds after a failure"),
    ("W12", "Workflow", "    Next: Done\n", OUTCOME, "repeats an outcome"),
    ("W12", "Workflow", "    Next: Done\n", OUTCOME, "takes an outcome for a failure"),
    ("W13", "Workflow", "TIMED_OUT, ABORTED]", "TIMED_OUT]", "end ABORTED without"),
    ("W13", "Workflow", "source: [aws.states]", "source: [aws.s3]", "end FAILED without"),
    (
        "W13",
        "Workflow",
        "Arn: !GetAtt FailedExecutions.Arn}]",
        "Arn: !GetAtt DeadLetters.Arn}]",
        "FAILED",
    ),
    ("W15", "StreamMapping", "TRIM_HORIZON", "LATEST", "TRIM_HORIZON"),
    ("W15", "StreamMapping", "BisectBatchOnFunctionError: true", "", "block the others"),
    ("W15", "StreamMapping", "MaximumRetryAttempts: 10", "MaximumRetryAttempts: -1", "for a day"),
    ("W15", "StreamMapping", "MaximumRecordAgeInSeconds: 3600", "", "an hour"),
    ("W15", "StreamMapping", ON_FAILURE, "", "silently"),
    ("W15", "StreamMapping", EVENT_KIND, '{"S": ["evnt"]}', "filters out event"),
    ("W15", "StreamMapping", EVENT_KIND, '{"S": ["event", "order"]}', "no events"),
    ("W15", "StreamMapping", STREAM, "", "without a stream"),
    ("W16", "Web", "LoggingConfig: {LogGroup: !Ref Log}", "", "never expire"),
    ("W16", "Step", "RetentionInDays: !Ref LogRetentionDays", "", "never expire"),
    ("W17", "Route", "ThrottlingRateLimit: 250", "ThrottlingRateLimit: 0", "concurrency"),
    ("W17", "Route", "DefaultRouteSettings: {Th", "Other: {Th", "Settings"),
    ("W18", "Web", "Resource: !GetAtt Orders.Arn", "Resource: '*'", "name the resource"),
    ("W18", "Web", "Action: dynamodb:PutItem", "Action: dynamodb:*", "name each action"),
    (
        "W19",
        "Workflow",
        "    Next: Done\n",
        "    Next: Charge\n",
        "Charge -> Charge without a pause",
    ),
    ("W19", "Workflow", "    Next: Done\n", PAUSE.format(seconds=1), "without a pause"),
    ("W19", "Workflow", "    Next: Done\n", PAUSE.format(seconds=2), "Charge for ever"),
    ("W20", "EmailEventDestination", "[aws.ses]", "[aws.s3]", "a bounce that no rule"),
    ("W20", "EmailEventDestination", ", Email Complaint Received]", "]", "a complaint that no"),
    ("W20", "EmailEventDestination", '"ses:configuration-set": [emails]', "other: [x]", "bounce"),
    (
        "W20",
        "EmailEventDestination",
        RETURNED,
        RETURNED.replace("FailedExecutions", "DeadLetters"),
        "bounce",
    ),
    ("W8", "Reconciler", "        W8: its next", "        W9: its next", "asynchronously"),
    ("W9", "Reconciler", "        W8: its next", "        W9: its next", "remove the suppression"),
]


def test_the_small_template_has_no_findings(tmp_path: Path) -> None:
    assert lint_changed_template(tmp_path, {}) == []


@pytest.mark.parametrize("broken", BROKEN, ids=lambda it: f"{it[0]} {it[1]}: {it[4]}")
def test_a_rule_reports_the_resource_and_what_to_do(
    tmp_path: Path, broken: tuple[str, str, str, str, str]
) -> None:
    rule, resource, original, wrong, words = broken

    findings = lint_changed_template(tmp_path, {original: wrong})

    matching = [it for it in findings if (it.rule, it.resource) == (rule, resource)]
    assert any(words in str(it) for it in matching), findings


def test_every_rule_has_a_broken_template() -> None:
    assert {it.name for it in RULES} == {rule for rule, *_ in BROKEN} | {"W14"}


def test_the_template_passes_every_rule(print_figure: PrintFigure) -> None:
    findings = check(Source.in_folder())
    print_figure(f"template lint: {len({it.name for it in RULES})} rules, {len(findings)} findings")

    assert list(map(str, findings)) == []
