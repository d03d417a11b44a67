"""`git anchor doctor` on the files that are generated beside the log: one case for each finding."""

import json
from collections.abc import Callable

import pytest

from gitanchor.model.errors import AnchorError
from gitanchor.operations.doctor import output_checks, setup_checks
from gitanchor.operations.doctor.findings import Examination
from tests.log.test_outputs import BANK, NOTE, RULES, edit, made_team
from tests.repositories import Repo


@pytest.fixture
def team(repo: Repo) -> Repo:
    """A repository with hooks, three outputs and one anchor, all committed."""
    return repo.once(made_team)


def remove(repo: Repo) -> None:
    (repo.root / BANK).unlink()


def outdate(repo: Repo) -> None:
    before = repo.read(NOTE)
    repo.ok("add", "Two", "-c", "c", "-n", "n")
    repo.write(NOTE, before)


@pytest.mark.parametrize(
    ("damage", "code", "path", "said", "is_fixed"),
    [
        (remove, "output-missing", BANK, "is not there yet, until the next anchor is written", True),
        (outdate, "output-differs", NOTE, "is not what the anchors generate", True),
        (
            lambda repo: edit(repo, RULES, "ctx", "hand"),
            "output-edited",
            RULES,
            "was changed by hand; 'git anchor absorb' takes it in",
            False,
        ),
        (
            lambda repo: repo.write(NOTE, "# Mine\n"),
            "output-refused",
            NOTE,
            "this file is kept by hand",
            False,
        ),
        (
            lambda repo: repo.write(RULES, "<<<<<<< a\n=======\n>>>>>>> b\n"),
            "output-conflict",
            RULES,
            "'git anchor resolve' finishes the merge",
            False,
        ),
    ],
)
def test_each_finding(
    team: Repo, damage: Callable[[Repo], object], code: str, path: str, said: str, is_fixed: bool
) -> None:
    damage(team)
    (found,) = output_checks.outputs(Examination(team.workspace()))
    assert (found.code, found.path, found.repair is not None) == (code, path, is_fixed)
    assert said in found.message
    if found.repair:
        found.repair()
        assert list(output_checks.outputs(Examination(team.workspace()))) == []


def test_a_sound_repository_has_no_finding(team: Repo) -> None:
    look = Examination(team.workspace())
    assert list(output_checks.outputs(look)) == []
    assert "attributes" not in {found.code for found in setup_checks.attributes(look)}


def test_missing_attributes_are_found_and_init_adds_them(team: Repo) -> None:
    edit(team, ".gitattributes", f"{RULES} merge=gitanchor\n", "")
    done = team.anchor("doctor", "--json")
    found = [one for one in json.loads(done.out) if one["code"] == "attributes"]
    assert [(one["path"], one["message"]) for one in found] == [
        (".gitattributes", f"gives {RULES} not merge=gitanchor, but merge unspecified")
    ]
    team.ok("init")
    assert team.git("status", "--short") == ""
    assert team.read(".gitattributes").endswith(f"\n{RULES} merge=gitanchor\n")


def test_unreadable_settings_are_the_finding_of_another_check(team: Repo) -> None:
    edit(team, ".anchors/config.yaml", f"\n  {RULES}: agents", f"\n  {RULES}: agent")
    look = Examination(team.workspace())
    assert list(output_checks.outputs(look)) == []
    (found,) = setup_checks.settings(look)
    assert found.message == f"outputs.{RULES}: 'agent' is no kind of file; give one of snapshot, agents"
    with pytest.raises(AnchorError):
        _ = team.workspace().settings
