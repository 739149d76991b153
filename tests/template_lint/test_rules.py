"""Each rule, kept by a small template and broken by one changed line of it."""

from pathlib import Path

import pytest

from tests.printed_figures import PrintFigure
from tests.template_lint import RULES, Source, check
from tests.template_lint.changed_template import found_in

LOST = "{MessageRetentionPeriod: 1209600}"
FILTER = "FilterPolicy: {type: [order_placed]}"
OUR_TOPIC = "{ArnEquals: {aws:SourceArn: !Ref OrderEventsTopic}}"
MAY_SEND = "Principal: {Service: sns.amazonaws.com}\n            Action: sqs:SendMessage"
CUT = "s3:PutObject, Resource: "
MAY_BURY = "- {Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt Lost.Arn}\n"
API = "${AWS::AccountId}:${Api}/*"
STARTS = "{Effect: Allow, Action: states:StartExecution, Resource: !Ref Workflow}"
CALL = "InvokeFunction, Resource: !GetAtt Step"
CATCH = "    Catch: [{ErrorEquals: [States.ALL], Next: Stuck}]\n"
BURY = "DestinationConfig: {OnFailure: {Destination: !GetAtt Lost.Arn}}"
NO_ANSWER = "DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Lost.Arn}}"
STREAM = "StreamSpecification: {StreamViewType: NEW_IMAGE}"
KIND = '{"S": ["event"]}'

# Rule, place, the text as it is, the text as it is wrong, words of the advice.
BROKEN = [
    ("W1", "Queue", "VisibilityTimeout: 180", "VisibilityTimeout: 179", "to 180 or more"),
    ("W1", "Queue", "5}\n  Worker", "5}\n      MaximumBatchingWindowInSeconds: 1\n  Worker", "181"),
    ("W2", "Queue", ", maxReceiveCount: 5}", ", maxReceiveCount: 4}", "maxReceiveCount to 5"),
    ("W2", "Queue", LOST, "{MessageRetentionPeriod: 345600}", "keep the dead letters longer"),
    ("W2", "Queue", "Lost.Arn, maxRec", "Orders.Arn, maxRec", "no queue of ours"),
    ("W2", "Unused", "  Api: {", "  Unused: {Type: AWS::SQS::Queue}\n  Api: {", "dead letters"),
    ("W10", "FromQueue", "BatchItemFailures]", "BatchItemFailures]\n      Enabled: false", "off"),
    ("W10", "ExecutionFailedRule", "      EventPattern", "      State: DISABLED\n      EventPattern", "off"),
    ("W2", "Alone", "  Log:", "  Alone: {Type: AWS::SQS::Queue}\n  Log:", "nobody's dead letters"),
    ("W3", "Queue", "Resource: [!GetAtt Queue.Arn,", "Resource: [", "by no policy"),
    ("W3", "Queue", OUR_TOPIC, "{ArnEquals: {aws:SourceArn: !GetAtt Shop.Arn}}", "never sends"),
    ("W3", "Queue", MAY_SEND, MAY_SEND.replace("sqs:SendMessage", "sqs:*"), "more than a sender"),
    ("W3", "Queue", MAY_SEND, MAY_SEND.replace("{Service: sns.amazonaws.com}", "'*'"), "as OrderEventsTopic"),
    ("W4", "Subscription", "RawMessageDelivery: true", "RawMessageDelivery: false", "envelope"),
    ("W4", "Subscription", "RedrivePolicy: {deadLetterTargetArn: !GetAtt Lost.Arn}", "", "drops"),
    ("W5", "Subscription", FILTER, "FilterPolicy: {type: [order_plaid]}", "mind the spelling"),
    ("W5", "Subscription", FILTER, "FilterPolicy: {typ: [order_placed]}", "keeps order_placed"),
    ("W5", "OrderEventsTopic", FILTER, "FilterPolicy: {type: []}", "nobody hears"),
    ("W5", "Subscription", FILTER, f"{FILTER}\n      FilterPolicyScope: MessageBody", "attribute"),
    ("W5", "Subscription", "email.handler", "nobody.handler", "which ignores it"),
    ("W6", "FromQueue", "FunctionResponseTypes: [ReportBatchItemFailures]\n", "\n", "deletes them"),
    ("W7", "FromQueue", "ScalingConfig: {MaximumConcurrency: 5}", "", "concurrency"),
    ("W7", "FromQueue", "MaximumConcurrency: 5", "MaximumConcurrency: 6", "of which 5 may"),
    ("W7", "FromQueue", "MaximumConcurrency: 5", "MaximumConcurrency: 1", "between 2"),
    ("W8", "Cutter", "MaximumRetryAttempts: 2\n", "MaximumRetryAttempts: 0\n", "one retry"),
    ("W8", "Cutter", NO_ANSWER, "", "EventInvokeConfig"),
    ("W9", "Cutter", f'{CUT}"arn:aws:s3:::uploads/cut/*"', f"{CUT}'*'", "below images/"),
    ("W9", "Cutter", "uploads/cut/*", "uploads/images/cut/*", "another prefix"),
    ("W9", "Uploads", "Rules: [{Name: prefix, Value: images/}]", "Rules: []", "by a prefix"),
    ("W10", "Shop", API, "${AWS::AccountId}:other/*", "SourceArn of Api"),
    ("W10", "ApiMayCall", API, "${AWS::AccountId}:other/*", "never does"),
    ("W10", "BucketMayCall", "SourceAccount: !Ref AWS::AccountId\n", "\n", "SourceAccount"),
    ("W10", "Cutter", "SourceArn: arn:aws:s3:::uploads", "SourceArn: arn:aws:s3:::b", "Uploads"),
    ("W11", "Worker", "[sqs:ReceiveMessage, ", "[", "needs sqs:ReceiveMessage on Queue"),
    ("W11", "Publish", "dynamodb:GetRecords, ", "", "needs dynamodb:GetRecords on Orders"),
    ("W11", "Publish", MAY_BURY, "\n", "needs sqs:SendMessage on Lost"),
    ("W11", "Workflow", CALL, CALL.replace("Invoke", "Get"), "needs lambda:InvokeFunction on Step"),
    ("W11", "Rescuer", STARTS, STARTS.replace("Start", "Stop"), "Workflow: allow it"),
    ("W11", "Rescuer", STARTS, STARTS.replace("Start", "Stop"), "never seen to"),
    ("W11", "Rescuer", STARTS, STARTS.replace("Workflow", "OrderEventsTopic"), "is told of Workflow"),
    ("W11", "Shop", "Resource: !GetAtt Orders.Arn", "Resource: arn:aws:sqs:::b", "nothing of ours"),
    ("W12", "Workflow", "TimeoutSeconds: 600", "Comment: endless", "for a year"),
    ("W12", "Workflow", "    TimeoutSeconds: 30\n", "", "hang for ever"),
    ("W12", "Workflow", "          - Lambda.ServiceException\n", "", "when Lambda is busy"),
    ("W12", "Workflow", "MaxAttempts: 5", "MaxAttempts: 1", "retry States.Timeout"),
    ("W12", "Workflow", "MaxAttempts: 5", "BackoffRate: 1", "retry States.TaskFailed"),
    ("W12", "Workflow", CATCH, "", "add a Catch"),
    ("W12", "Workflow", "Next: Stuck", "Next: Done", "ends well after a failure"),
    ("W13", "Workflow", "TIMED_OUT, ABORTED]", "TIMED_OUT]", "end ABORTED unheard"),
    ("W13", "Workflow", "source: [aws.states]", "source: [aws.s3]", "end FAILED unheard"),
    ("W13", "Workflow", "Arn: !GetAtt Rescue.Arn}]", "Arn: !GetAtt Lost.Arn}]", "FAILED"),
    ("W15", "FromStream", "TRIM_HORIZON", "LATEST", "TRIM_HORIZON"),
    ("W15", "FromStream", "BisectBatchOnFunctionError: true", "", "hold up the others"),
    ("W15", "FromStream", "MaximumRetryAttempts: 10", "MaximumRetryAttempts: -1", "for a day"),
    ("W15", "FromStream", "MaximumRecordAgeInSeconds: 3600", "", "an hour"),
    ("W15", "FromStream", BURY, "", "silence"),
    ("W15", "FromStream", KIND, '{"S": ["evnt"]}', "events themselves"),
    ("W15", "FromStream", KIND, '{"S": ["event", "order"]}', "no events"),
    ("W15", "FromStream", STREAM, "", "without a stream"),
    ("W16", "Shop", "LoggingConfig: {LogGroup: !Ref Log}", "", "for ever"),
    ("W16", "Step", "RetentionInDays: !Ref LogRetentionDays", "", "for ever"),
    ("W17", "Route", "ThrottlingRateLimit: 250", "ThrottlingRateLimit: 0", "every function"),
    ("W17", "Route", "DefaultRouteSettings: {Th", "Other: {Th", "Settings"),
    ("W18", "Shop", "Resource: !GetAtt Orders.Arn", "Resource: '*'", "name the resource"),
    ("W18", "Shop", "Action: dynamodb:PutItem", "Action: dynamodb:*", "name each action"),
    ("W8", "Rescuer", "        W8: its next", "        W9: its next", "asynchronously"),
    ("W9", "Rescuer", "        W8: its next", "        W9: its next", "remove the excuse"),
]  # fmt: skip


def test_what_keeps_every_rule_is_not_complained_of(tmp_path: Path) -> None:
    assert found_in(tmp_path, {}) == []


@pytest.mark.parametrize("broken", BROKEN, ids=lambda it: f"{it[0]} {it[1]}: {it[4]}")
def test_what_breaks_a_rule_is_told_where_and_what_to_do(
    tmp_path: Path, broken: tuple[str, str, str, str, str]
) -> None:
    rule, place, right, wrong, words = broken

    found = found_in(tmp_path, {right: wrong})

    assert [it for it in found if (it.rule, it.place) == (rule, place) and words in str(it)], found


def test_every_rule_is_broken_here() -> None:
    assert {it.name for it in RULES} == {rule for rule, *_ in BROKEN} | {"W14"}


def test_our_own_template_keeps_every_rule(print_figure: PrintFigure) -> None:
    found = check(Source.in_folder())
    print_figure(f"wirecheck: {len({it.name for it in RULES})} rules, {len(found)} findings")

    assert list(map(str, found)) == []
