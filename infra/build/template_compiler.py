"""A program that generates the bytecode of Jinja templates, for `infra/build/templates.py`.

It reads the version of the static files and a list of templates from standard input: for each,
the file in which it will be, its name and its source. It writes their bytecode to standard output.
"""

import marshal
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError

# The format of Python 3.3 and older has no references, which depend on what else is in memory:
# the same source gives the same bytes.
FORMAT = 2


def main() -> None:
    static_version, templates = marshal.loads(sys.stdin.buffer.read())  # noqa: S302 (our caller)
    static = _static_url(static_version)
    codes = [_bytecode(Path(output), name, source, static) for output, name, source in templates]
    sys.stdout.buffer.write(marshal.dumps(codes))


def _static_url(version: str) -> Callable[[str], str]:
    return lambda path: f"/static/{version}/{path}"


def _bytecode(output: Path, name: str, source: str, static: Callable[[str], str]) -> bytes:
    environment = _emails() if output.parent.name == "emails" else _pages(output.stem, static)
    path = f"{output.parent}/{name}"
    try:
        return marshal.dumps(environment.compile(source, name, path), FORMAT)
    except TemplateSyntaxError as error:
        sys.exit(f"{path}, line {error.lineno}: {error.message}")


@cache
def _emails() -> Environment:
    from app.emails.templates import environment  # noqa: PLC0415 (not in the environment of pages)

    return environment()


@cache
def _pages(language: str, static: Callable[[str], str]) -> Environment:
    from app.i18n.locales import LANGUAGES  # noqa: PLC0415
    from app.web.http.templating import environment  # noqa: PLC0415

    jinja = environment(LANGUAGES[language])
    jinja.constant_functions = {"static": static}
    return jinja


if __name__ == "__main__":
    main()
