"""Infer the checks of a dependency from its text, but only where that is unambiguous.

A text that may mean something else gets no check, because none is better than a wrong one.
"""

import re
from collections.abc import Iterator
from typing import Final

from gitanchor.checks import grammar
from gitanchor.checks.grammar import Check
from gitanchor.checks.known_tools import SPOKEN
from gitanchor.model.errors import WrongUsage
from gitanchor.model.lazy_re import late

PACKAGES: Final = frozenset({
    "aiohttp", "alembic", "azure-identity", "azure-storage-blob", "beautifulsoup4", "black",
    "boto3", "celery", "click", "coverage", "cryptography", "cython", "dash", "dask",
    "databricks-sdk", "delta-spark", "django", "duckdb", "fastapi", "flake8", "flask", "ftfy",
    "gensim", "geopandas", "gitpython", "gunicorn", "httpx", "hypothesis", "isort", "jinja2",
    "joblib", "jsonschema", "jupyter", "jupyterlab", "keras", "langchain", "lightgbm", "lxml",
    "matplotlib", "mypy", "networkx", "nltk", "notebook", "numba", "numpy", "openai",
    "opencv-python", "openpyxl", "pandas", "pillow", "playwright", "plotly", "polars", "psycopg2",
    "psycopg2-binary", "pyarrow", "pydantic", "pymongo", "pyodbc", "pyspark", "pytest",
    "pytest-cov", "python-dateutil", "python-dotenv", "pyyaml", "rapidfuzz", "redis", "requests",
    "ruff", "scikit-learn", "scipy", "scrapy", "seaborn", "selenium", "sentence-transformers",
    "spacy", "sqlalchemy", "statsmodels", "streamlit", "sympy", "tensorflow", "torch",
    "torchvision", "tox", "tqdm", "transformers", "typer", "uvicorn", "xgboost", "xlrd",
})  # fmt: skip
"""Distributions that are certainly meant by their names in a list or in backticks."""

_ENDINGS: Final = (
    "bash|bat|bicep|c|cc|cfg|cpp|cs|css|csv|db|dockerfile|env|go|gz|h|hpp|html|ini|ipynb|java|js|json|jsonl"
    "|jsx|kt|lock|log|md|parquet|pdf|pem|php|pkl|png|ps1|pub|py|r|rb|rs|rst|scala|sh|sql|sqlite|svg|tar|tex|tf"
    "|tfvars|toml|ts|tsv|tsx|txt|xlsx|xml|yaml|yml|zip"
)
_FILE: Final = late(
    rf"(?:~/|/)?(?:[\w.@+-]+/)*(?:[\w@+-][\w.@+-]*\.(?:{_ENDINGS})|\.env(?:\.\w+)?|Dockerfile|Makefile)",
    re.ASCII,
)
_FOLDER: Final = late(r"(?:~/|/)?(?:[\w.@+-]+/)+|~/(?:[\w.@+-]+/)*[\w@+-]+", re.ASCII)
_SPAN: Final = late(r"`([^`\n]+)`")
_LABEL: Final = late(
    r"[^\w`~./]{0,6}(?P<label>(?:[A-Za-z][\w/-]*[ ]){0,3}[A-Za-z][\w/-]*)\**(?:\s*\([^)`]*\))?"
    r"\s*(?:[:：=]|[–—-]\s)\**"
)
_REPOSITORY: Final = late(r"\brepo(?:sitory)?\b", re.IGNORECASE)
_VARIABLE: Final = late(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_SHORT_VARIABLE: Final = late(r"[A-Z][A-Z0-9]{2,}")
_SECRET: Final = late(
    r"\b(?:keys?|tokens?|env(?:ironment variables?| vars?)?|secrets?|passwords?|credentials?)\b",
    re.IGNORECASE,
)
_NO_VARIABLE: Final = late(
    r"\b(?:constants?|enum|flags?|macros?|tables?|columns?|status|class)\b", re.IGNORECASE
)
_BRANCH: Final = late(
    r"\bbranch(?:es)?\*{0,2}\s*[:=]?\*{0,2}\s*`([^`\s]+)`|`([^`\s]+)` branch\b"
    r"|\bbranch(?:es)?\*{0,2}\s*[:=]\*{0,2}\s*([\w./-]*\w)(?=\s*(?:$|[,;|(]))"
    r"|\bbranch (\w[\w./]*[-_/\d][\w./-]*\w)(?=\s*(?:$|[,;|(]))",
    re.IGNORECASE,
)
_NEW: Final = late(r"\b(?:create|make|new|open|cut|start)\b[^.;]*\bbranch", re.IGNORECASE)
_NUMBER: Final = (
    r"v?(?P<number>\d+(?:\.\d+)*)(?P<any>\.[x*])?\s{0,2}(?P<more>\+|or (?:newer|later|higher|above))?"
)
_SIGN: Final = r"(?P<sign>>=|≥|==|~=|<=|≤|<|>)?"
_VERSION: Final = rf"[\s(`]*{_SIGN}\s*{_NUMBER}"
_PYTHON: Final = late(rf"(?<![\w.-])python[ \t`(]*(?:{_SIGN}\s*{_NUMBER})(?![\w.])", re.IGNORECASE)
_WORDS: Final = late(r"[A-Za-z][\w.+-]*(?: [A-Za-z7]\w*){0,3}")
_WHOLE_VERSION: Final = late(rf"{_VERSION}[\s)`]*(?P<after>.*)", re.DOTALL | re.IGNORECASE)
_PROPER: Final = frozenset(
    {"azure cli", "aws cli", "github cli", "google cloud cli", "google cloud sdk"}
)
"""Names that mean the tool in any sentence that begins with them."""

_ELSEWHERE: Final = late(
    r"\b(?:on|in|inside|from) (?:the |an? |our |your )?(?:\w+ )?"
    r"(?:vms?|servers?|cluster|cloud|remote|databricks|runner)\b",
    re.IGNORECASE,
)
_NOT: Final = late(
    r"\b(?:no longer|not (?:needed|required|used)|without|instead of|never|remove|removed|deleted?)\b",
    re.IGNORECASE,
)
_TOOLS: Final = late(r"\b(?:tools?|cli|software)\b", re.IGNORECASE)
_PYTHONS: Final = late(r"\b(?:packages?|librar(?:y|ies)|modules|python)\b", re.IGNORECASE)
_FILES: Final = late(
    r"\b(?:files?|scripts?|datasets?|data|config|keys?|outputs?|paths?|credentials)\b", re.IGNORECASE
)
_SERVICES: Final = {
    "docker": "docker", "docker daemon": "docker", "podman": "podman", "postgres": "postgres",
    "postgresql": "postgres", "mysql": "mysql", "redis": "redis", "mongodb": "mongodb", "nginx": "nginx",
}  # fmt: skip


def inferred(text: str, kind: str = "other") -> tuple[Check, ...]:
    """Return the checks that the text of a dependency certainly means, ordered by kind; maybe none."""
    text = text[:2000]
    if kind == "person" or _NOT.search(text) or "\n" in text.strip():
        return ()
    found = dict.fromkeys(_all(text, kind))
    return tuple(check for check in found if _is_good(check))


def _is_good(check: Check) -> bool:
    try:
        return grammar.parse(str(check)) == (check,)
    except WrongUsage:
        return False


def _all(text: str, kind: str) -> Iterator[Check]:
    label = _LABEL.match(text)
    labelled = label["label"] if label else ""
    body = text[label.end() :] if label else text
    yield from _branches(text)
    if _ELSEWHERE.search(text):
        return
    spans = [span.strip() for span in _SPAN.findall(body)]
    yield from _variables(text, labelled, body, spans)
    if not _REPOSITORY.search(labelled):
        yield from _paths(labelled, body, spans)
    for match in _PYTHON.finditer(body if not _PYTHON.match(text) else text):
        yield Check("python", "", _wanted(match))
    parts = [*spans, *_parts(body)]
    if kind == "service":
        yield from (Check("service", _SERVICES[p.lower()]) for p in parts if p.lower() in _SERVICES)
        return
    yield from _programs(labelled, parts, spans)


def _branches(text: str) -> Iterator[Check]:
    if not _NEW.search(text):
        for match in _BRANCH.finditer(text):
            yield Check("branch", next(name for name in match.groups() if name))


def _variables(text: str, label: str, body: str, spans: list[str]) -> Iterator[Check]:
    if _NO_VARIABLE.search(text):
        return
    near = bool(_SECRET.search(text))
    for span in spans:
        if _VARIABLE.fullmatch(span) or (near and _SHORT_VARIABLE.fullmatch(span)):
            yield Check("env", span)
    if _SECRET.search(label.replace("/", " ")):
        for part in _parts(_SPAN.sub("", body)):
            if _VARIABLE.fullmatch(part):
                yield Check("env", part)
    elif not spans and _VARIABLE.fullmatch(body.strip()):
        yield Check("env", body.strip())


def _paths(label: str, body: str, spans: list[str]) -> Iterator[Check]:
    parts = list(spans)
    bare = _SPAN.sub(" ", body)
    if _FILES.search(label):
        parts += [part.split(" (")[0] for part in _parts(bare)]
    parts += [word for word in re.split(r"[\s,;()]+", bare) if word.startswith("~/") or word == ".env"]
    for part in parts:
        if ".." in part.split("/"):
            continue
        if _FILE.fullmatch(part):
            yield Check("file", part.removeprefix("./"))
        elif _FOLDER.fullmatch(part):
            yield Check("dir", part.removeprefix("./").rstrip("/") or part)


def _programs(label: str, parts: list[str], spans: list[str]) -> Iterator[Check]:
    """Yield the tools and packages among the parts of an item."""
    tools, listed = bool(_TOOLS.search(label)), bool(_PYTHONS.search(label))
    packages = [check for part in parts if (check := _package(part))]
    several = len(packages) > 1
    for part in parts:
        in_span = part in spans
        package = _package(part)
        tool = _tool(part, whole=not in_span)
        bare_tool = tool and (tools or in_span or tool.wanted or len(parts) == 1 or _is_proper(part))
        if package and tool:
            yield package if listed else tool
        elif package and (in_span or tools or listed or several or package.wanted):
            yield package
        elif tool and bare_tool and not listed:
            yield tool


def _is_proper(part: str) -> bool:
    return part.lower().startswith(tuple(_PROPER))


def _package(part: str) -> Check | None:
    name, _, _ = part.partition(" ")
    name = re.split(r"[<>=~!]", name)[0]
    normal = grammar.distribution_name(name)
    if normal not in PACKAGES:
        return None
    rest = part[len(name) :]
    if not rest.strip():
        return Check("python", normal)
    if re.fullmatch(r"\s*(?:[<>=~!]=?=?\s*\d[\w.*]*\s*,?\s*)+", rest):
        return Check("python", normal, re.sub(r"\s", "", rest).rstrip(","))
    match = _WHOLE_VERSION.fullmatch(rest)
    return Check("python", normal, _wanted(match)) if match and not match["after"] else None


def _tool(part: str, *, whole: bool) -> Check | None:
    """Return the tool that a part of an item names: alone, with a version, or before a note in brackets.

    In backticks (not `whole`) the part may be a command line that begins with the tool.
    """
    name = _spoken(part)
    if name is None or part[len(name) : len(name) + 1] == "/":
        return None
    rest, name = part[len(name) :], name.lower()
    command = SPOKEN[name]
    version = _WHOLE_VERSION.fullmatch(rest)
    if version and re.match(r"$|[(,;]|\w+$", version["after"]):
        return Check("tool", command, _wanted(version))
    after = rest.strip()
    if not after or after.startswith("(") or name in _PROPER:
        return Check("tool", command)
    if not whole and name == command and re.match(r"\s+[a-z-]", rest):
        return Check("tool", command)
    return None


def _spoken(part: str) -> str | None:
    """Return the longest name of a known tool with which a part begins, as it is written there."""
    match = _WORDS.match(part)
    words = match[0].split(" ") if match else []
    names = (" ".join(words[:count]) for count in range(len(words), 0, -1))
    return next((name for name in names if name.lower() in SPOKEN), None)


def _wanted(match: re.Match[str]) -> str:
    """Return the versions that a text means: `2.60+` is at least that, `17` and `2.1.x` any of these.

    With a sign, the version is returned as written.
    """
    number, sign = match["number"], match["sign"] or ""
    sign = {"≥": ">=", "≤": "<="}.get(sign, sign)
    if sign:
        return f"{sign}{number}"
    if match["more"]:
        return f">={number}"
    return f"=={number}.*" if match["any"] or number.count(".") < 2 else f"=={number}"


def _parts(text: str) -> list[str]:
    """Split an item at commas, semicolons, bars and plus signs outside of brackets."""
    found, depth, start = [], 0, 0
    for index, char in enumerate(text):
        depth += (char in "([") - (char in ")]")
        spaced = char == "+" and text[index - 1 : index + 2] == " + "
        if depth <= 0 and (char in ",;|" or spaced):
            found.append(text[start:index])
            start = index + 1
    parts = [part for piece in [*found, text[start:]] for part in re.split(r"\s+and\s+", piece)]
    return [stripped for part in parts if (stripped := re.sub(r"^[^\w~./`]+", "", part).strip(" .`*"))]
