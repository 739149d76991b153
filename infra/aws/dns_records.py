"""The DNS records with which SES verifies the sender's domain, as a DNS provider's form asks."""

import re
from typing import NamedTuple

OUTPUT = "SenderDnsRecords"
# A value may have a semicolon of its own, such as that of DMARC.
SEPARATOR = re.compile(r"; (?=(?:CNAME|MX|TXT) )")


class DnsRecord(NamedTuple):
    """``priority`` is that of an MX record, for which most providers have a field of its own."""

    type: str
    name: str
    priority: str
    value: str


def read_dns_records(output: str) -> list[DnsRecord]:
    """The records of the template's output ``SenderDnsRecords``; none if it is empty."""
    return [_read_record(it) for it in SEPARATOR.split(output) if it]


def _read_record(line: str) -> DnsRecord:
    kind, name, value = line.split(" ", 2)
    priority, _, server = value.partition(" ") if kind == "MX" else ("", "", value)
    return DnsRecord(kind, name, priority, server)
