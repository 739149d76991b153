"""The output SenderDnsRecords of the template becomes a table to type in at a DNS provider."""

import pytest

from infra.aws.dns_records import OUTPUT, DnsRecord, read_dns_records
from infra.build.bundles import ROOT
from infra.cli.aws_status import print_dns_records
from infra.local.packaging import read_template

TEXT, _ = read_template(ROOT / "infra/template.yaml")["Outputs"][OUTPUT]["Value"]["Fn::Sub"]
OUTPUT_ON_AWS = TEXT.replace("${Domain}", "shop.com").replace("${AWS::Region}", "eu-central-1")


def test_records_of_the_template_are_read_one_by_one() -> None:
    records = read_dns_records(OUTPUT_ON_AWS)

    assert [it.type for it in records] == ["CNAME", "CNAME", "CNAME", "MX", "TXT", "TXT"]
    assert records[3] == DnsRecord(
        "MX", "mail.shop.com", "10", "feedback-smtp.eu-central-1.amazonses.com"
    )
    assert records[4].value == "v=spf1 include:amazonses.com ~all"
    assert records[5] == DnsRecord("TXT", "_dmarc.shop.com", "", "v=DMARC1; p=quarantine")


def test_table_has_one_record_in_each_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_dns_records({OUTPUT: OUTPUT_ON_AWS})

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["Type", "Name", "Priority", "Value"] in lines
    mx = ["MX", "mail.shop.com", "10", "feedback-smtp.eu-central-1.amazonses.com"]
    assert mx in lines


def test_stack_that_verifies_an_address_has_no_records(capsys: pytest.CaptureFixture[str]) -> None:
    print_dns_records({"BaseUrl": "https://shop.com"})

    assert capsys.readouterr().out == ""
