"""Whether what an anchor depends on is here: the grammar, what texts mean, and looking at real things."""

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitanchor.checks import grammar
from gitanchor.checks.infer import inferred
from gitanchor.model.anchor import KINDS
from gitanchor.model.dependencies import kind_of
from gitanchor.model.errors import WrongUsage
from gitanchor.parsing import encoding, parse
from tests.repositories import SEEDS, Repo

LABELS = Path(__file__).parents[1].joinpath("seed_dependencies.tsv")


def tool(folder: Path, name: str, script: str) -> Path:
    """A small command in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder at the start of PATH, and no virtual environment."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    return folder


def is_there(group: int) -> bool:
    """Whether some process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def anchored(repo: Repo, *texts: str, checks: str | None = None) -> None:
    """The only anchor, with these dependencies, the first of which may have checks of its own."""
    for old in repo.files():
        (repo.root / old).unlink()
    options = [part for text in texts for part in ("-d", text)]
    repo.ok("add", "A", "-c", "c", "-m", "m", "-n", "n", *options)
    if checks is not None:
        [path] = repo.files()
        text = repo.read(path)
        first = text.index("  text: ")
        end = text.index("\n", first) + 1
        repo.write(path, f"{text[:end]}  check: {json.dumps(checks)}\n{text[end:]}")


def found(repo: Repo, *texts: str, options: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    """Check, state and finding of the checks that are written, each as one dependency's."""
    anchored(repo, "Item", checks="; ".join(texts))
    result = repo.anchor("check", "--json", *options)
    assert result.status in {0, 1}, result
    rows = json.loads(result.out)
    return [(row["check"], row["state"], row["found"]) for row in rows]


# The grammar -------------------------------------------------------------------------------


@pytest.mark.unit
@pytest.mark.parametrize(
    "text",
    [
        "env:TMDB_API_KEY",
        "tool:az",
        "tool:az>=2.60",
        "tool:g++",
        "python:rapidfuzz>=3,<4",
        "python:scikit-learn",
        "python>=3.11",
        "python==3.*",
        "file:src/rain.c",
        "file:~/.ssh/key.pem",
        "file:with space.txt",
        "dir:data",
        "branch:feat/é😀",
        "merged:step8-dev",
        "commit:0123abc",
        "port:localhost:5432",
        "port:[::1]:80",
        "host:example.org",
        "service:docker",
        "person:Noor",
        "other:patience",
        "none",
    ],
)
def test_a_check_is_read_as_it_is_written(text: str) -> None:
    assert [str(check) for check in grammar.parse(text)] == [text]


@pytest.mark.unit
def test_several_checks_have_a_semicolon_between_them_and_spaces_do_not_matter() -> None:
    assert [str(check) for check in grammar.parse("tool:git >= 2.30, < 4 ;env: HOME")] == [
        "tool:git>=2.30,<4",
        "env:HOME",
    ]


@pytest.mark.unit
@pytest.mark.parametrize(
    "text",
    [
        "",
        "rain.c",
        "env:",
        "env:A B",
        "env:A=1",
        "env:$(id)",
        "tool:../az",
        "tool:az --version",
        "tool:-x",
        "tool:az>=",
        "tool:az@2",
        "python:a/b",
        "python:rapidfuzz; extra",
        "file:~root/x",
        "file:a\nb",
        "file:a\0b",
        "file:" + "a" * 1001,
        "branch:a..b",
        "merged:HEAD:x",
        "commit:HEAD",
        "commit:abc",
        "port:localhost",
        "port:localhost:0",
        "port:a b:1",
        "host:-x",
        "host:a/b",
        "service:Docker Desktop",
        "shell:rm -rf",
        "tool:az;",
    ],
)
def test_what_is_no_check_is_refused_with_one_line(text: str) -> None:
    with pytest.raises(WrongUsage, match=r"is no check; give env:NAME") as caught:
        grammar.parse(text)
    assert "\n" not in str(caught.value).partition("' is no check")[2]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("version", "wanted", "answer"),
    [
        ("2.60.0", ">=2.60", True),
        ("2.9", ">=2.60", False),
        ("17.0.9", "==17.*", True),
        ("17", "==17.*", True),
        ("21", "==17.*", False),
        ("3.0.0rc1", ">=2", True),
        ("4.0", ">=3,<4", False),
        ("nightly", ">=3", None),
        ("3", ">=x", None),
    ],
)
def test_versions_are_compared_by_pep_440(version: str, wanted: str, answer: bool | None) -> None:
    assert grammar.satisfies(version, wanted) is answer


# What texts mean ---------------------------------------------------------------------------


@pytest.mark.unit
@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Key: `GAUGE_TOKEN`", "env:GAUGE_TOKEN"),
        ("Environment variables: GAUGE_TOKEN, GAUGE_URL", "env:GAUGE_TOKEN; env:GAUGE_URL"),
        ("the constant `MAX_TIPS` is 3", ""),
        ("`README` and `HEAD`", ""),
        ("Tools: cmake, Azure CLI ≥ 2.60", "tool:cmake; tool:az>=2.60"),
        ("Java 17", "tool:java==17.*"),
        ("git 2.39+", "tool:git>=2.39"),
        ("git 2.39.1", "tool:git==2.39.1"),
        ("`az login` done", "tool:az"),
        ("make time for this", ""),
        ("go to the garden", ""),
        ("SSH key for the repo", ""),
        ("Python 3.12", "python==3.12.*"),
        ("Python ≥ 3.11 with `pandas`", "python>=3.11; python:pandas"),
        ("Packages: pandas>=2, Rapid_Fuzz, RapidFuzz 3.x", "python:pandas>=2; python:rapidfuzz==3.*"),
        ("redis is nice", ""),
        ("Files: `rain.c`, `data/`", "file:rain.c; dir:data"),
        ("`spark.conf.set` and `1.2.3`", ""),
        ("`../../etc/passwd.txt`", ""),
        ("`https://example.org/a.json`", ""),
        (r"`C:\Projects\a.py`", ""),
        ("branch `step8-dev`", "branch:step8-dev"),
        ("branch step8-dev", "branch:step8-dev"),
        ("branch when it rains", ""),
        ("create a branch `step9`", ""),
        ("no longer needs `az`", ""),
        ("`spark-submit` on the VM", ""),
        ("People: None", ""),
        ("Services: Docker, PostgreSQL", "service:docker; service:postgres"),
    ],
)
def test_only_what_is_unambiguous_is_inferred(text: str, meant: str) -> None:
    assert "; ".join(map(str, inferred(text, kind_of(text)))) == meant


@pytest.mark.unit
def test_inferring_takes_no_time_whatever_the_text() -> None:
    for text in (
        "`" * 50_000,
        "a, " * 50_000,
        "a/" * 50_000,
        "branch " * 50_000,
        "1." * 50_000,
        "A_" * 50_000,
    ):
        started = time.process_time()
        inferred(text)
        assert time.process_time() - started < 1


@pytest.mark.unit
@given(st.text(), st.sampled_from(KINDS))
def test_what_is_inferred_is_always_a_check(text: str, kind: str) -> None:
    for check in inferred(text, kind):
        assert grammar.parse(str(check)) == (check,)


@pytest.mark.unit
@given(st.one_of(st.text(), st.builds("{}:{}".format, st.sampled_from(sorted(KINDS)), st.text())))
def test_any_text_is_checks_or_refused(text: str) -> None:
    try:
        parsed = grammar.parse(text)
    except WrongUsage:
        return
    assert grammar.parse("; ".join(map(str, parsed))) == parsed


@pytest.mark.unit
@pytest.mark.skipif(not SEEDS.is_dir(), reason="the seeds lie beside the repository only")
def test_the_dependencies_of_the_real_logs_get_the_checks_they_should() -> None:
    lines = [line for line in LABELS.read_text("utf-8").splitlines() if not line.startswith("#")]
    labels = {line.split("\t")[0]: line.split("\t")[1:] for line in lines}
    seen, wrong, named, covered = set(), [], 0, 0
    for seed in sorted(SEEDS.iterdir()):
        for draft in parse.parse(encoding.decode(seed.read_bytes(), seed.name).text).drafts:
            for item in draft.dependencies:
                key = hashlib.sha256(item.text.encode()).hexdigest()[:12]
                names, expected = labels[key]
                got = "; ".join(map(str, inferred(item.text, item.kind))) or "none"
                seen.add(key)
                wrong += [(item.text, got)] if got != expected else []
                named += names == "yes"
                covered += names == "yes" and got != "none"
    assert wrong == []
    assert seen == set(labels)
    assert covered / named >= 0.7, (covered, named)


# Looking at real things --------------------------------------------------------------------


def test_variables_are_found_in_the_environment_and_in_a_named_dotenv(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAUGE_SET", "tip-value")
    monkeypatch.setenv("GAUGE_EMPTY", "")
    repo.write(
        ".env",
        "GAUGE_ONE=hidden-one\nexport GAUGE_TWO='hidden two'\nGAUGE_NIL=\nGAUGE_NIL2=\"\"\n#GAUGE_OFF=1\n",
    )
    names = ("SET", "EMPTY", "ONE", "TWO", "NIL", "NIL2", "OFF")
    asked = [f"env:GAUGE_{name}" for name in names]
    assert found(repo, "file:.env", *asked) == [
        ("file:.env", "ok", "there"),
        ("env:GAUGE_SET", "ok", "set"),
        ("env:GAUGE_EMPTY", "missing", "empty"),
        ("env:GAUGE_ONE", "ok", "set in .env"),
        ("env:GAUGE_TWO", "ok", "set in .env"),
        ("env:GAUGE_NIL", "missing", "not set"),
        ("env:GAUGE_NIL2", "missing", "not set"),
        ("env:GAUGE_OFF", "missing", "not set"),
    ]
    for command in (("check",), ("check", "--json"), ("resume",), ("resume", "--json")):
        printed = repo.anchor(*command)
        assert "hidden" not in printed.out + printed.err
        assert "tip-value" not in printed.out + printed.err


def test_a_dotenv_that_is_not_named_is_not_looked_into(repo: Repo) -> None:
    repo.write(".env", "GAUGE_ONE=1\n")
    assert found(repo, "env:GAUGE_ONE") == [("env:GAUGE_ONE", "missing", "not set")]


def test_a_dotenv_outside_or_a_pipe_is_not_read(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("GAUGE_ONE=1\n")
    (repo.root / ".env").symlink_to(tmp_path / "outside")
    os.mkfifo(repo.root / "b.env")
    assert found(repo, "file:.env", "file:b.env", "env:GAUGE_ONE") == [
        ("file:.env", "unknown", "outside of the repository and of the home folder"),
        ("file:b.env", "missing", "there, but no file"),
        ("env:GAUGE_ONE", "missing", "not set"),
    ]


def test_files_and_folders(repo: Repo, sealed: Path) -> None:
    repo.write("src/rain.c", "int tips;\n")
    repo.write("node_modules/deep/wind.c", "")
    (sealed / "key.pem").write_text("k")
    asked = "file:src/rain.c file:rain.c file:src dir:src file:wind.c file:src/sun.c file:~/key.pem dir:~/venv"
    assert found(
        repo, *asked.split(), "file:/etc/passwd", "file:../repo/README", "file:../../x", "dir:a"
    ) == [
        ("file:src/rain.c", "ok", "there"),
        ("file:rain.c", "ok", "at src/rain.c"),
        ("file:src", "missing", "there, but no file"),
        ("dir:src", "ok", "there"),
        ("file:wind.c", "missing", "not there"),
        ("file:src/sun.c", "missing", "not there"),
        ("file:~/key.pem", "ok", "there"),
        ("dir:~/venv", "missing", "not there"),
        ("file:/etc/passwd", "unknown", "outside of the repository and of the home folder"),
        ("file:../repo/README", "ok", "there"),
        ("file:../../x", "unknown", "outside of the repository and of the home folder"),
        ("dir:a", "missing", "not there"),
    ]


def test_tools_are_found_on_path_and_known_ones_say_their_version(repo: Repo, bin_folder: Path) -> None:
    tool(bin_folder, "az", 'echo \'{ "azure-cli": "2.61.0" }\'')
    tool(bin_folder, "java", "echo 'openjdk version \"1.8.0_392\"' >&2")
    marker = bin_folder / "started"
    tool(bin_folder, "gauge-cli", f"touch '{marker}'; echo gauge-cli 3.0")
    tool(bin_folder, "jq", "exit 3")
    asked = "tool:az>=2.60 tool:az>=3 tool:az tool:java==17.* tool:gauge-cli tool:gauge-cli>=2 tool:jq>=1 tool:no-such"
    assert found(repo, *asked.split()) == [
        ("tool:az>=2.60", "ok", "2.61.0"),
        ("tool:az>=3", "missing", "2.61.0"),
        ("tool:az", "ok", "on PATH"),
        ("tool:java==17.*", "missing", "8.0"),
        ("tool:gauge-cli", "ok", "on PATH"),
        ("tool:gauge-cli>=2", "unknown", "on PATH; how it prints its version is not known"),
        ("tool:jq>=1", "unknown", "on PATH; it did not say its version in time"),
        ("tool:no-such", "missing", "not on PATH"),
    ]
    assert not marker.exists()


@pytest.mark.parametrize("way", ["absolute", "relative", "empty", "link", "below"])
def test_a_tool_in_the_repository_is_never_started(
    repo: Repo, bin_folder: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    marker = repo.root.parent / "hacked"
    hostile = tool(repo.root / ("bin" if way == "below" else "."), "az", f"touch '{marker}'")
    start = {
        "absolute": str(repo.root), "relative": ".", "empty": "", "link": str(bin_folder), "below": f"{repo.root}/bin"
    }[way]  # fmt: skip
    if way == "link":
        (bin_folder / "az").symlink_to(hostile)
    monkeypatch.setenv("PATH", f"{start}{os.pathsep}{os.environ['PATH']}")
    [(_, state, reason)] = found(repo, "tool:az>=2.60")
    if way in {"relative", "empty"}:
        assert (state, reason) == ("missing", "not on PATH")
    else:
        assert (state, reason) == (
            "unknown",
            "the one on PATH lies in the repository, from where nothing is started",
        )
    repo.ok("resume")
    assert not marker.exists()


def test_nor_is_the_one_behind_it_which_a_shell_would_not_start(
    repo: Repo, bin_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool(repo.root, "az", 'echo \'"azure-cli": "9.9"\'')
    tool(bin_folder, "az", 'echo \'"azure-cli": "2.0.1"\'')
    monkeypatch.setenv("PATH", f"{repo.root}{os.pathsep}{os.environ['PATH']}")
    assert [pair[1] for pair in found(repo, "tool:az>=2.60")] == ["unknown"]


def test_the_commands_of_an_environment_in_the_repository_are_known_by_its_metadata(
    repo: Repo, bin_folder: Path, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = repo.root / ".venv"
    environment.rename(inside)
    [packages] = inside.glob("lib/python*/site-packages")
    (packages / "pytest-8.1.0.dist-info").mkdir()
    tool(inside / "bin", "pytest", "exit 1")
    monkeypatch.setenv("VIRTUAL_ENV", str(inside))
    monkeypatch.setenv("PATH", f"{inside / 'bin'}{os.pathsep}{os.environ['PATH']}")
    assert found(repo, "tool:pytest", "tool:pytest>=8", "tool:pytest>=9", "tool:python>=3") == [
        ("tool:pytest", "ok", "in the virtual environment"),
        ("tool:pytest>=8", "ok", "8.1.0"),
        ("tool:pytest>=9", "missing", "8.1.0"),
        ("tool:python>=3", "ok", ".".join(map(str, sys.version_info[:3]))),
    ]


def test_an_environment_of_conda_says_its_version_by_a_file(
    repo: Repo, bin_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "conda" / "conda-meta").mkdir(parents=True)
    (tmp_path / "conda" / "conda-meta" / "python-3.12.1-hab00c5b_0_cpython.json").write_text("{}")
    monkeypatch.setenv("CONDA_PREFIX", str(tmp_path / "conda"))
    assert found(repo, "python==3.12.*", "python>=3.13") == [
        ("python==3.12.*", "ok", "3.12.1"),
        ("python>=3.13", "missing", "3.12.1"),
    ]


def test_a_tool_is_started_where_no_file_of_the_repository_is(repo: Repo, bin_folder: Path) -> None:
    tool(bin_folder, "jq", f"pwd >'{bin_folder}/where'; read line; echo jq-1.7")
    assert found(repo, "tool:jq>=1.6") == [("tool:jq>=1.6", "ok", "1.7")]
    assert (bin_folder / "where").read_text() == "/\n"


def test_resume_waits_for_no_slow_tool(repo: Repo, bin_folder: Path) -> None:
    tool(bin_folder, "az", f"echo $$ >'{bin_folder}/pid'; sleep 60 & wait")
    tool(bin_folder, "jq", "sleep 60")
    anchored(repo, "Tools: az 2.60+, jq 1.6+")
    started = time.monotonic()
    prompt = repo.ok("resume")
    assert time.monotonic() - started < 10
    assert "- ? `tool:az>=2.60`: on PATH; it did not say its version in time\n" in prompt
    assert "- ? `tool:jq>=1.6`: on PATH; it did not say its version in time\n" in prompt
    group = int((bin_folder / "pid").read_text())
    while is_there(group) and time.monotonic() - started < 20:
        time.sleep(0.05)
    assert not is_there(group)


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A real virtual environment with two packages of which only the metadata is there."""
    folder = tmp_path / "weather_venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    [packages] = folder.glob("lib/python*/site-packages")
    for name, version in (("rapidfuzz", "3.9.1"), ("Python_Dotenv", "1.0.0")):
        info = packages / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (packages / "rapidfuzz.py").write_text("raise SystemExit('imported')\n")
    (packages / "evil.pth").write_text("import sys; sys.exit('run')\n")
    return folder


def test_packages_are_found_by_their_metadata(
    repo: Repo, bin_folder: Path, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = (
        "python:rapidfuzz>=3,<4",
        "python:RapidFuzz<3",
        "python:python-dotenv",
        "python:pandas",
        "python>=3.11",
    )
    version = ".".join(map(str, sys.version_info[:3]))
    here = [
        ("python:rapidfuzz>=3,<4", "ok", "3.9.1"),
        ("python:RapidFuzz<3", "missing", "3.9.1"),
        ("python:python-dotenv", "ok", "1.0.0"),
        ("python:pandas", "missing", "not in weather_venv"),
        ("python>=3.11", "ok", version),
    ]
    assert found(repo, *asked, options=("--venv", str(environment))) == here
    monkeypatch.setenv("VIRTUAL_ENV", str(environment))
    assert found(repo, *asked) == here
    monkeypatch.delenv("VIRTUAL_ENV")
    unknown = "no virtual environment is active; name one with --venv"
    assert found(repo, *asked[:1]) == [("python:rapidfuzz>=3,<4", "unknown", unknown)]


def test_what_the_system_may_have_beside_an_environment_is_not_missing(
    repo: Repo, environment: Path
) -> None:
    configuration = environment / "pyvenv.cfg"
    configuration.write_text(configuration.read_text().replace("packages = false", "packages = true"))
    assert found(repo, "python:pandas", options=("--venv", str(environment))) == [
        ("python:pandas", "unknown", "not in the environment, which has the system's packages, too")
    ]


def test_a_folder_that_is_no_environment_is_refused(repo: Repo) -> None:
    anchored(repo, "Libraries: pandas, requests")
    result = repo.anchor("check", "--venv", "nowhere")
    assert (result.status, result.out) == (2, "")
    assert (
        result.err
        == f"error: '{repo.root / 'nowhere'}' is no virtual environment; give the folder that holds pyvenv.cfg\n"
    )


def test_branches_and_commits(repo: Repo, tmp_path: Path) -> None:
    main = repo.git("rev-parse", "HEAD")
    repo.git("branch", "step7-dev")
    repo.git("switch", "-q", "-c", "step8-dev")
    repo.commit("Ahead")
    ahead = repo.git("rev-parse", "HEAD")
    repo.git("switch", "-q", "main")
    repo.git("clone", "-q", str(repo.root), str(tmp_path / "clone"))
    clone = Repo(tmp_path / "clone")
    asked = [
        "branch:main",
        "branch:step8-dev",
        "branch:origin/step8-dev",
        "branch:step9",
        "merged:step7-dev",
    ]
    asked += [
        "merged:step8-dev",
        "merged:step9",
        f"commit:{main}",
        f"commit:{ahead[:7]}",
        f"commit:{'0' * 40}",
    ]
    assert [pair[1:] for pair in found(clone, *asked)] == [
        ("ok", "there"),
        ("ok", "there as origin/step8-dev"),
        ("ok", "there as origin/step8-dev"),
        ("missing", "no such branch, local or remote"),
        ("ok", "merged"),
        ("missing", "not merged into HEAD"),
        ("unknown", "no such branch here"),
        ("ok", "there"),
        ("ok", "there"),
        ("missing", "not in this clone"),
    ]


def test_advice_can_be_pasted_into_a_shell_whatever_the_names(repo: Repo) -> None:
    repo.git("remote", "add", "origin", str(repo.root))
    anchored(repo, "Item", checks="branch:$(id); branch:-x; file:a b/$(id).c")
    rows = json.loads(repo.anchor("check", "--json").out)
    assert [row["advice"] for row in rows] == [
        "git fetch origin '$(id)'",
        "git fetch origin refs/heads/-x",
        "git log --all -- 'a b/$(id).c'",
    ]


def test_hosts_and_ports_are_asked_only_when_told_to(repo: Repo) -> None:
    with socket.socket() as listener, socket.socket() as closed:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        closed.bind(("127.0.0.1", 0))  # and does not listen
        ports = [f"port:127.0.0.1:{one.getsockname()[1]}" for one in (listener, closed)]
        asked = [*ports, "host:localhost"]
        assert {pair[1:] for pair in found(repo, *asked)} == {("unknown", "asked only with --network")}
        listener.settimeout(0.05)
        with pytest.raises(TimeoutError):
            listener.accept()
        assert [pair[1:] for pair in found(repo, *asked, options=("--network",))] == [
            ("ok", "answers"),
            ("missing", "nothing listens there"),
            ("ok", "has an address"),
        ]


def test_services_are_found_by_their_sockets(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "agent"
    monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
    elsewhere = ("service:ssh-agent", "unknown", "not where it usually listens; it may be elsewhere")
    assert found(repo, "service:ssh-agent") == [elsewhere]
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        assert found(repo, "service:ssh-agent") == [("service:ssh-agent", "ok", "its socket answers")]
    assert found(repo, "service:ssh-agent") == [elsewhere]
    assert found(repo, "service:gauge")[0][1:] == ("unknown", "how to find this service is not known")


# The command -------------------------------------------------------------------------------


def test_the_table_and_the_exit_status(repo: Repo) -> None:
    repo.write("rain.c", "")
    anchored(repo, "Files: `rain.c`", "Key: `GAUGE_TOKEN`", "People: Noor", "Patience")
    result = repo.anchor("check")
    assert (result.status, result.err) == (1, "")
    assert result.out == (
        "✓  file:rain.c      there\n"
        "✗  env:GAUGE_TOKEN  not set                            export GAUGE_TOKEN=…\n"
        "?  People: Noor     a person; not checked\n"
        "?  Patience         names nothing that can be checked\n"
    )


def test_what_is_optional_may_be_missing(repo: Repo) -> None:
    anchored(repo, "Optional: `GAUGE_TOKEN`")
    result = repo.anchor("check")
    assert (result.status, result.out) == (
        0,
        "✗  env:GAUGE_TOKEN  not set (optional)  export GAUGE_TOKEN=…\n",
    )


def test_an_anchor_without_dependencies_prints_nothing(repo: Repo) -> None:
    repo.ok("add", "A", "-n", "n")
    assert repo.ok("check") == ""
    assert repo.json("check") == []


def test_the_file_has_the_last_word(repo: Repo) -> None:
    anchored(repo, "Key: `GAUGE_TOKEN`", checks="none")
    assert repo.ok("check") == "?  Key: `GAUGE_TOKEN`  switched off\n"
    assert "Of these" not in repo.ok("resume")
    anchored(repo, "Key: `GAUGE_TOKEN`", checks="env:HOME")
    assert repo.ok("check") == "✓  env:HOME  set\n"


def test_a_bad_check_is_named_and_is_not_missing(repo: Repo) -> None:
    anchored(repo, "Item", checks="tool:az | sh")
    assert repo.ok("check") == "?  Item  'tool:az | sh' is no check\n"


def test_resume_tells_it_below_the_dependencies(repo: Repo) -> None:
    repo.write("rain.c", "")
    anchored(repo, "Files: `rain.c`", "Key: `GAUGE_TOKEN`", "People: Noor")
    told = "Of these, here and now:\n\n- ✓ `file:rain.c`: there\n- ✗ `env:GAUGE_TOKEN`: not set\n```\n\nCommits since"
    assert f"- People: Noor\n\n{told}" in repo.ok("resume")
    assert [row["state"] for row in repo.json("resume")["checks"]] == ["ok", "missing", "unknown"]


def test_resume_of_what_cannot_be_checked_says_nothing_of_it(repo: Repo) -> None:
    anchored(repo, "People: Noor", "Patience")
    assert "Of these" not in repo.ok("resume")


def test_two_machines_are_told_apart(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.write("rain.c", "")
    anchored(repo, "Files: `rain.c`", "Key: `GAUGE_TOKEN`")
    monkeypatch.setenv("GAUGE_TOKEN", "secret-tip")
    repo.ok("check", "--save", "garage.json")
    assert "secret-tip" not in repo.read("garage.json")
    assert repo.ok("check", "--compare", "garage.json") == ""
    monkeypatch.delenv("GAUGE_TOKEN")
    result = repo.anchor("check", "--compare", "garage.json")
    name = socket.gethostname()
    assert result.status == 1
    assert result.out == (f"                 here       {name}\nenv:GAUGE_TOKEN  ✗ not set  ✓ set\n")
    compared = repo.anchor("check", "--json", "--compare", "garage.json")
    assert json.loads(compared.out) == [
        {
            "check": "env:GAUGE_TOKEN",
            "here": {"state": "missing", "found": "not set"},
            "there": {"state": "ok", "found": "set"},
        }
    ]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "checks": 3}', "[" * 100_000]
)
def test_a_file_that_is_no_saved_check_is_refused(repo: Repo, content: str) -> None:
    anchored(repo, "Files: `rain.c`")
    repo.write("other.json", content)
    result = repo.anchor("check", "--compare", "other.json")
    assert (result.status, result.out) == (2, "")
    assert result.err == "error: 'other.json' is not what 'git anchor check --save' writes\n"


def test_packaging_is_loaded_only_to_compare_versions(repo: Repo) -> None:
    anchored(repo, "Files: `rain.c`", "Key: `GAUGE_TOKEN`")
    program = (
        "import sys; from gitanchor.cli import main as cli; cli.run(['resume']);"
        " sys.exit(any(name.startswith('packaging') for name in sys.modules))"
    )
    assert repo.run(sys.executable, "-c", program).status == 0
