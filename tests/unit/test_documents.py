"""What README.md and the runbook quote exists: commands, options, files, links and resources."""

import re
from importlib.util import find_spec

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from infra.build.bundles import ROOT
from infra.cli.commands import app
from infra.local.packaging import read_template

DOCUMENTS = (
    "README.md",
    "CHANGELOG.md",
    "infra/RUNBOOK.md",
    "infra/DEPLOYING.md",
    "infra/DECISIONS.md",
    "infra/TOUR.md",
    ".github/SECURITY.md",
    "tests/simulation/museum/README.md",
)
TEXTS = {name: (ROOT / name).read_text("utf-8") for name in DOCUMENTS}
SHOP_COMMAND = re.compile(r"^(?:\.venv/bin/)?shop ([a-z][a-z0-9-]+)([^`\n|]*)")
CODE = re.compile(r"`([^`\n]+)`")
# CloudWatch metrics, properties and errors of AWS that the documents quote; none is a resource.
AWS_TERMS = {
    "AccessDenied",
    "BatchGetItem",
    "Errors",
    "GlobalSecondaryIndexName",
    "IfExists",
    "Invocations",
    "MaximumConcurrency",
    "MemorySize",
    "Metadata",
    "PendingConfirmation",
    "ProductionAccessEnabled",
    "ReadThrottleEvents",
    "ResourceRecord",
    "StartMessageMoveTask",
    "TransactionConflictException",
    "WriteThrottleEvents",
}


def quoted(document: str) -> list[str]:
    """Inline code and indented lines, in which documents quote commands and names."""
    text = TEXTS[document]
    return CODE.findall(text) + re.findall(r"^    (\S.*)$", text, re.MULTILINE)


def shop_commands() -> list[tuple[str, str]]:
    found = {
        match.groups()
        for document in DOCUMENTS
        for code in quoted(document)
        for match in SHOP_COMMAND.finditer(code)
    }
    return sorted((name, arguments.strip()) for name, arguments in found)


def has_subcommands(name: str) -> bool:
    """Whether the first argument is a command of its own, as in `shop inject-fault list`."""
    command = getattr(get_command(app), "commands", {}).get(name)
    return hasattr(command, "commands")


@pytest.mark.parametrize(("name", "arguments"), shop_commands(), ids=str)
def test_quoted_command_exists_with_its_options(name: str, arguments: str) -> None:
    path = [name, *arguments.split()[: has_subcommands(name)]]

    result = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "300", "NO_COLOR": "1"})

    assert result.exit_code == 0, result.output
    for option in re.findall(r"--[a-z][a-z-]+", arguments):
        assert option in result.output


def test_every_shop_command_has_a_summary_and_documents_quote_only_existing_ones() -> None:
    command = get_command(app)
    commands = getattr(command, "commands", {})

    assert len(commands) >= 25
    assert {name for name, _ in shop_commands()} <= set(commands)
    assert len(shop_commands()) > 15
    assert all(it.get_short_help_str() for it in commands.values())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_to_files(document: str) -> None:
    folder = (ROOT / document).parent
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)|src=\"([^\"]+)\"", TEXTS[document])
    paths = [path for pair in links for path in pair if path and "://" not in path]

    assert [path for path in paths if not (folder / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_quoted_paths_exist(document: str) -> None:
    folders = "app|workers|workflow|infra|frontend|tests|requirements"
    path = re.compile(rf"(?<![\w/])(?:{folders})/[\w./-]*\w|\b\w+\.(?:md|toml)\b")
    paths = {it for code in quoted(document) for it in path.findall(code)}

    assert [it for it in sorted(paths) if not _exists(it, document)] == []


def _exists(path: str, document: str) -> bool:
    return (ROOT / path).exists() or (ROOT / document).parent.joinpath(path).exists()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_quoted_modules_and_make_targets_exist(document: str) -> None:
    code = "\n".join(quoted(document))
    makefile = (ROOT / "Makefile").read_text("utf-8")

    assert [it for it in re.findall(r"-m ((?:infra|tests)[\w.]+)", code) if not find_spec(it)] == []
    targets = re.findall(r"^make (\w+)", code, re.MULTILINE)
    assert [it for it in targets if not re.search(rf"^{it}:", makefile, re.MULTILINE)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_quoted_resources_and_parameters_are_in_the_template(document: str) -> None:
    template = read_template(ROOT / "infra/template.yaml")
    known: set[str] = {
        *template["Parameters"],
        *read_template(ROOT / "infra/waf.yaml")["Parameters"],
        *read_template(ROOT / "infra/deploy_role.yaml")["Parameters"],
        *template["Resources"],
        *template["Conditions"],
        *template["Outputs"],
        *AWS_TERMS,
    }
    source = "\n".join(
        path.read_text("utf-8")
        for folder in ("app", "workers", "workflow")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".yaml")
    )
    names = {it for it in quoted(document) if re.fullmatch(r"[A-Z][a-z]+(?:[A-Z][a-zA-Z]+)+", it)}

    assert [it for it in sorted(names - known) if it not in source] == []


def test_readme_is_short() -> None:
    lines = TEXTS["README.md"].splitlines()
    cells = [cell for line in lines if line.startswith("|") for cell in line.split("|")]

    assert len(lines) <= 150
    assert [cell for cell in cells if re.search(r"[a-z]\. [A-Z]", cell)] == []
