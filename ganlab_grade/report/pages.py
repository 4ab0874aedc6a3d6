"""HTML pages from this package's templates: everything escaped, and an unknown name in a template is an error."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

TEMPLATES = Path(__file__).with_name("templates")


@cache
def _environment() -> Environment:
    import jinja2  # comes with torch and with nbconvert

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"with_code": with_code, "breakable": breakable}
    return environment


def with_code(text: str) -> Markup:
    """Escaped text in which what stands between backticks is set as code, as the checks' sentences mean it."""
    from markupsafe import Markup, escape

    return Markup(re.sub("`([^`]{1,200})`", r"<code>\1</code>", str(escape(text))))


def breakable(name: str) -> Markup:
    """An escaped identifier that a narrow column may break after its underscores."""
    from markupsafe import Markup, escape

    return Markup(str(escape(name)).replace("_", "_<wbr>"))


def render(template: str, **values: Any) -> str:
    """The page, with every value escaped for HTML."""
    return _environment().get_template(template).render(**values) + "\n"
