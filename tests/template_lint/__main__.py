"""`shop lint-template` as a process: print the rules with their numbers of findings, and these."""

from collections import Counter

from infra.cli.subprocesses import exit_with
from infra.cli.terminal import out
from tests.markdown_reports import print_table
from tests.template_lint import RULES, Source, check


def main() -> int:
    findings = check(Source.in_folder())
    counts = Counter(finding.rule for finding in findings)
    rows = [(rule.name, rule.summary, counts[rule.name]) for rule in RULES]
    print_table(("Rule", "what holds", "findings"), rows)
    for finding in findings:
        out.print(str(finding), markup=False, soft_wrap=True)
    return 1 if findings else 0


if __name__ == "__main__":
    exit_with(main)
