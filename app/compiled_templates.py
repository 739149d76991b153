"""Loads Jinja templates: from bytecode in a bundle, from their sources in the working tree."""

import marshal
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment, Template, TemplateNotFound

COMPILED_SUFFIX = ".compiled"


def template_loader(folder: Path, name: str) -> BaseLoader:
    """A loader of the folder's templates, which ``name`` distinguishes from its other languages.

    The build replaces the sources by files of bytecode (`infra/build/templates.py`).
    """
    compiled = folder / f"{name}{COMPILED_SUFFIX}"
    if compiled.exists():
        return CompiledTemplates(compiled)
    from jinja2 import FileSystemLoader  # noqa: PLC0415 (late: bundles contain no sources)

    return FileSystemLoader(folder)


class CompiledTemplates(BaseLoader):
    """The templates of one file: by name, what Jinja has generated from the source.

    Jinja would parse the sources at each cold start. A traceback names the template and the line,
    as with the sources.
    """

    has_source_access = False

    def __init__(self, file: Path) -> None:
        # The file belongs to the bundle, like the bytecode of its modules.
        self._bytecode: dict[str, bytes] = marshal.loads(file.read_bytes())  # noqa: S302

    def load(
        self,
        environment: Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 (Jinja's name)
    ) -> Template:
        """Load one template. Raises ``TemplateNotFound``."""
        if name not in self._bytecode:
            raise TemplateNotFound(name)
        code = marshal.loads(self._bytecode[name])  # noqa: S302
        return environment.template_class.from_code(environment, code, globals or {})
