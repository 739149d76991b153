"""The architecture as a graph: the resources of the template, and how messages reach them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from infra.local.console.template_references import References

NODE_KINDS = {
    "AWS::ApiGatewayV2::Api": "api",
    "AWS::Serverless::Function": "function",
    "AWS::SQS::Queue": "queue",
    "AWS::SNS::Topic": "topic",
    "AWS::DynamoDB::Table": "table",
    "AWS::Serverless::StateMachine": "workflow",
    "AWS::S3::Bucket": "bucket",
    "AWS::Events::Rule": "rule",
}
# By a connection's type, the properties with its source, or itself, and with its target.
_ENDS = {
    "AWS::Lambda::EventSourceMapping": ("EventSourceArn", "FunctionName"),
    "AWS::SNS::Subscription": ("TopicArn", "Endpoint"),
    "AWS::ApiGatewayV2::Integration": ("ApiId", "IntegrationUri"),
    "AWS::Serverless::StateMachine": ("", "DefinitionSubstitutions"),
    "AWS::S3::Bucket": ("", "NotificationConfiguration"),
}
SUFFIXES = (
    "DeadLetterQueue",
    "WorkerFunction",
    "Function",
    "Table",
    "Bucket",
    "StateMachine",
    "Queue",
    "Topic",
)


@dataclass(frozen=True)
class Node:
    """A resource; ``source`` is the file of a function's handler, ``name`` its name in a stack."""

    id: str
    kind: str
    source: str = ""
    name: str = ""

    @property
    def label(self) -> str:
        name = next((self.id.removesuffix(it) for it in SUFFIXES if self.id.endswith(it)), self.id)
        return "".join(f" {it.lower()}" if it.isupper() else it for it in name).strip()


@dataclass(frozen=True)
class Edge:
    """``kind`` is message, failure or data; ``types`` are the events a subscription accepts."""

    source: str
    target: str
    kind: str
    types: tuple[str, ...] = ()


@dataclass(frozen=True)
class Architecture:
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def sources_of(self, node_id: str) -> list[str]:
        return [it.source for it in self.edges if it.target == node_id and it.kind != "data"]

    def data_ends_of(self, node_id: str) -> list[str]:
        """What reads or writes this resource, or what this function reads and writes."""
        ends = [it for it in self.edges if it.kind == "data" and node_id in (it.source, it.target)]
        return [it.target if it.source == node_id else it.source for it in ends]

    def targets_of(self, node_id: str) -> list[str]:
        return [it.target for it in self.edges if it.source == node_id and it.kind != "data"]


def read_architecture(resources: dict[str, Any]) -> Architecture:
    """The graph of a template's resources; one without any connection is left out."""
    nodes = {
        name: _node(name, resource)
        for name, resource in resources.items()
        if resource["Type"] in NODE_KINDS
    }
    references = References(nodes, resources)
    edges: dict[tuple[str, str], Edge] = {}
    for name, resource in resources.items():
        for edge in _edges(name, resource, references):
            edges.setdefault((edge.source, edge.target), edge)
    connected = {end for edge in edges for end in edge}
    used = tuple(node for node in nodes.values() if node.id in connected)
    return Architecture(used, tuple(edges.values()))


def _node(name: str, resource: dict[str, Any]) -> Node:
    kind = NODE_KINDS[resource["Type"]]
    properties = resource.get("Properties", {})
    handler, full_name = properties.get("Handler", ""), properties.get("FunctionName", {})
    if kind == "queue" and name.endswith("DeadLetterQueue"):
        kind = "dead-letters"
    module = handler.rpartition(".")[0].replace(".", "/")
    short_name = str(full_name.get("Fn::Sub", "")).removeprefix("${AWS::StackName}-")
    return Node(name, kind, f"{module}.py" if module else "", short_name)


def _edges(name: str, resource: dict[str, Any], refs: References) -> Iterator[Edge]:
    properties = resource.get("Properties", {})
    for pairs, kind in (_message_pairs(name, resource, refs), _failure_pairs(name, resource, refs)):
        types = tuple(properties.get("FilterPolicy", {}).get("type", ()))
        for source, target in pairs:
            yield Edge(source, target, kind, types if kind == "message" else ())
    for statement in refs.statements(properties):
        yield from _statement_edges(name, statement, refs)


def _message_pairs(
    name: str, resource: dict[str, Any], refs: References
) -> tuple[list[tuple[str, str]], str]:
    properties = resource.get("Properties", {})
    sources, targets = _ENDS.get(resource["Type"], ("", ""))
    starts = refs.in_value(properties.get(sources)) if sources else [name]
    pairs = [(a, b) for a in starts for b in refs.in_value(properties.get(targets))]
    if resource["Type"] == "AWS::Events::Rule":
        pairs = [(it, name) for it in refs.in_value(properties["EventPattern"])]
        targets_of_rule = refs.in_value([target["Arn"] for target in properties["Targets"]])
        pairs += [(name, it) for it in targets_of_rule]
    return pairs, "message"


def _failure_pairs(
    name: str, resource: dict[str, Any], refs: References
) -> tuple[list[tuple[str, str]], str]:
    """From a queue, or from the function whose invocations fail, to the dead-letter queue."""
    properties = resource.get("Properties", {})
    source = refs.in_value(properties.get("FunctionName")) or [name]
    parts = ("RedrivePolicy", "DestinationConfig", "EventInvokeConfig")
    if resource["Type"] == "AWS::SNS::Subscription":
        source = refs.in_value(properties["Endpoint"])
    targets = [it for part in parts for it in refs.in_value(properties.get(part))]
    known = [it for it in source if it in refs.nodes]
    return [(a, b) for a in known for b in targets], "failure"


def _statement_edges(name: str, statement: dict[str, Any], refs: References) -> Iterator[Edge]:
    actions = statement.get("Action", [])
    actions = [actions] if isinstance(actions, str) else actions
    for target in refs.in_value(statement.get("Resource")):
        kind = refs.nodes[target].kind
        if any(it in ("sns:Publish", "states:StartExecution", "sqs:SendMessage") for it in actions):
            yield Edge(name, target, "failure" if kind == "dead-letters" else "message")
        elif kind in ("table", "bucket") and name in refs.nodes:
            yield Edge(name, target, "data")
