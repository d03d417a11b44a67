"""Jinja templates: the package's own, and others in a sandbox. The only module that imports jinja2."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any, Final

import jinja2

_LOOK: Final[dict[str, Any]] = {"undefined": jinja2.StrictUndefined, "trim_blocks": True}


@cache
def built_in(name: str) -> jinja2.Template:
    """Return a template of the package. Only HTML templates escape text."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("gitanchor.rendering"),
        auto_reload=False,  # else the file is checked for each entry
        autoescape=is_html,  # noqa: S701 - all else is Markdown # nosec B701
        keep_trailing_newline=is_html(name),
        **_LOOK,
    )
    environment.filters["csp_hash"] = csp_hash
    return environment.get_template(name)


def source(name: str) -> str:
    """Return the text of a template of the package, or of one that a team's own can start from."""
    folder = resources.files("gitanchor.rendering") / "templates"
    sample = folder / "for_teams" / name
    return (sample if sample.is_file() else folder / name).read_text("utf-8")


def pieces(name: str, values: Mapping[str, Any]) -> Iterator[str]:
    """Render a template of the package, and yield the text piece by piece."""
    stream = built_in(name).stream(values)
    stream.enable_buffering(200)
    return iter(stream)


def sandboxed(text: str, path: str, values: Mapping[str, Any]) -> Iterator[str]:
    """Render a template by others; `values` are JSON types, and `path` is its name in messages.

    It cannot use other templates or attributes that lead into Python, nor change values. Raises
    jinja2's errors and any Python exception; `where` finds the line.
    """
    import jinja2.constants  # jinja2 would load it when no file can be opened any more
    import jinja2.debug
    import jinja2.sandbox

    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        loader=jinja2.FunctionLoader(lambda name: (text, path, None) if name == path else None),
        autoescape=is_html(path),
        keep_trailing_newline=True,
        **_LOOK,
    )
    environment.filters["csp_hash"] = csp_hash
    return environment.get_template(path).generate(values)


def where(error: BaseException, path: str) -> int | None:
    """Return the line of a template at which it failed, counted from 1, or None."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return error.lineno
    line, step = None, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == path:
            line = step.tb_lineno
        step = step.tb_next
    return line


def is_html(name: str | None) -> bool:
    """Whether a template renders HTML, according to its name."""
    return name is not None and name.endswith(".html.j2")


def csp_hash(style: str) -> str:
    """Return the hash by which a content security policy allows a style (CSP Level 3, 6.7.3.3)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(str(style).encode()).digest()).decode()
