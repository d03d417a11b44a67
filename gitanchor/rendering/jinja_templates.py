"""Jinja templates: the package's, and others in a sandbox. The only module that imports jinja2."""

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
    """A template of the package. Text is escaped in one for HTML, and in no other."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("gitanchor.rendering"),
        auto_reload=False,  # a look at the template's file for each entry
        autoescape=is_html,  # noqa: S701 - all else is Markdown # nosec B701
        keep_trailing_newline=is_html(name),
        **_LOOK,
    )
    environment.filters["csp_hash"] = csp_hash
    return environment.get_template(name)


def source(name: str) -> str:
    """The text of a template of the package, or of one that a team's own can start from."""
    folder = resources.files("gitanchor.rendering") / "templates"
    sample = folder / "for_teams" / name
    return (sample if sample.is_file() else folder / name).read_text("utf-8")


def pieces(name: str, values: Mapping[str, Any]) -> Iterator[str]:
    """What a template of the package makes of values, as it is made."""
    stream = built_in(name).stream(values)
    stream.enable_buffering(200)
    return iter(stream)


def sandboxed(text: str, path: str, values: Mapping[str, Any]) -> Iterator[str]:
    """What a template that others wrote makes of values, which are JSON types; `path` names it.

    It reaches no other template, no attribute that leads into Python, and changes no value. Raises
    jinja2's errors and whatever Python raises; `where` tells at which line.
    """
    import jinja2.constants  # which jinja2 loads when it wants them, where no file can be opened
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
    """The line of a template at which it failed, counted from 1; None if that is not known."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return error.lineno
    line, step = None, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == path:
            line = step.tb_lineno
        step = step.tb_next
    return line


def is_html(name: str | None) -> bool:
    """Whether a template makes HTML, by its name."""
    return name is not None and name.endswith(".html.j2")


def csp_hash(style: str) -> str:
    """What lets a page's own style through its content security policy (CSP Level 3, 6.7.3.3)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(str(style).encode()).digest()).decode()
