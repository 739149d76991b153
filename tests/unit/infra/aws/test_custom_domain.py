"""A domain of your own keeps the distribution, and with it styles and images."""

from typing import Any

import pytest

from infra.build.bundles import ROOT
from infra.local.packaging import read_template
from tests.template_lint.resolver import Resolver

TEMPLATE = read_template(ROOT / "infra/template.yaml")
CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/0"
DOMAIN = {"DomainName": "shop.example.com", "CertificateArn": CERTIFICATE}


def resources(**parameters: str) -> dict[str, Any]:
    found = Resolver(TEMPLATE, parameters).resources()
    return {name: it["Properties"] for name, it in found.items()}


def base_url(**parameters: str) -> str:
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    return str(Resolver(TEMPLATE, parameters).resolve(variables["BASE_URL"]))


def test_distribution_has_the_custom_domain_and_its_certificate() -> None:
    config = resources(**DOMAIN)["Distribution"]["DistributionConfig"]

    assert config["Aliases"] == ["shop.example.com"]
    assert config["ViewerCertificate"]["AcmCertificateArn"] == CERTIFICATE
    assert {"/static/*", "/media/*"} <= {it["PathPattern"] for it in config["CacheBehaviors"]}


def test_pages_uploads_and_output_use_the_custom_domain() -> None:
    (rule,) = resources(**DOMAIN)["UploadBucket"]["CorsConfiguration"]["CorsRules"]
    output = Resolver(TEMPLATE, DOMAIN).resolve(TEMPLATE["Outputs"]["BaseUrl"]["Value"])

    assert base_url(**DOMAIN) == output == "https://shop.example.com"
    assert rule["AllowedOrigins"] == ["https://shop.example.com"]


def test_without_a_domain_the_address_is_that_of_cloudfront() -> None:
    config = resources()["Distribution"]["DistributionConfig"]

    assert "Aliases" not in config
    assert "ViewerCertificate" not in config
    assert base_url() == "https://Distribution.DomainName"


def test_dns_records_are_created_in_a_hosted_zone_only() -> None:
    assert "DnsRecords" not in resources(**DOMAIN)
    records = resources(**DOMAIN, HostedZoneId="Z0")["DnsRecords"]["RecordSets"]
    assert [(it["Name"], it["Type"]) for it in records] == [
        ("shop.example.com", "A"),
        ("shop.example.com", "AAAA"),
    ]
    assert "DnsRecords" not in resources(ProxyUrl="http://localhost:8000", HostedZoneId="Z0")


@pytest.mark.parametrize("proxy_url", ["", "https://proxy.example.com"])
def test_conditions_mean_what_they_are_named_for(proxy_url: str) -> None:
    """An alarm with metric math exists on AWS, whatever stands before the API."""
    created = resources(ProxyUrl=proxy_url)

    assert ("Distribution" in created) is (proxy_url == "")
    assert "DynamoDbThrottlesAlarm" in created
    assert "DynamoDbThrottlesAlarm" not in resources(ProxyUrl=proxy_url, RequireTls="false")


@pytest.mark.parametrize(
    ("rule", "parameter", "needs"),
    [
        ("CustomDomain", "DomainName", "CertificateArn"),
        ("DnsRecords", "HostedZoneId", "DomainName"),
    ],
)
def test_incomplete_domain_is_refused_before_anything_is_created(
    rule: str, parameter: str, needs: str
) -> None:
    given = {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]}

    assert TEMPLATE["Rules"][rule]["RuleCondition"] == given
    first = TEMPLATE["Rules"][rule]["Assertions"][0]["Assert"]
    assert first == {"Fn::Not": [{"Fn::Equals": [{"Ref": needs}, ""]}]}
