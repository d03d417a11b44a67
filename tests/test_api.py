"""The Python API, as another program uses it: the example of docs/api.md, and a reader of one anchor."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gitanchor.model.draft import Draft
from gitanchor.model.errors import NotFound
from gitanchor.operations import add, changes, choose, edit, render, resume, states
from gitanchor.operations.workspace import Workspace
from tests.repositories import Repo

DOCS = Path(__file__).resolve().parents[1] / "docs"
LOG = "GPT_Anchors_Log.md"


def test_the_example_of_the_page_runs(repo: Repo) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (DOCS / "api.md").read_text("utf-8"), re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=repo.root, capture_output=True, text=True, check=True
    )
    anchor_id, _, prompt = done.stdout.partition("\n")
    assert re.fullmatch("[0-9a-f]{8}", anchor_id)
    assert "Totals_Compared" in prompt
    assert "One step." in prompt
    assert repo.json("show")["id"] == anchor_id


def test_a_workspace_shows_what_was_written_only_once_it_is_looked_at_again(repo: Repo) -> None:
    before = Workspace.open(repo.root)
    assert before.listing.anchors == before.recent.anchors == ()
    written = add.add(before, [Draft(line=1, name="One", context="c")], source="cli")
    assert before.listing.anchors == ()
    assert [stored.anchor.name for stored in before.again().listing.anchors] == ["One"]
    assert written.anchors[0].anchor.name in repo.read(LOG)


def test_the_verbs_of_one_session(repo: Repo) -> None:
    empty = Workspace.open(repo.root)
    assert choose.choice(empty) is None
    with pytest.raises(NotFound, match="One"):
        choose.select(empty, "One")
    drafts = [Draft(line=1, name="One", next_action="first"), Draft(line=2, name="Two", context="c")]
    add.add(empty, drafts, source="cli")

    workspace = empty.again()
    offer = choose.choice(workspace)
    assert offer is not None
    assert (offer.stored.anchor.name, offer.rule) == ("Two", "branch")
    one = choose.select(workspace, "One")
    assert states.state_of(workspace, one, workspace.listing) == "superseded"
    assert changes.since(workspace, offer.stored).commits == ()
    assert "Two" in resume.resume(workspace, offer.stored).prompt

    edit.close(workspace, offer.stored, "it works")
    closed = workspace.again()
    (two,) = (stored for stored in closed.listing.anchors if stored.anchor.name == "Two")
    assert (two.anchor.status, two.anchor.outcome) == ("done", "it works")
    assert render.difference(closed) == ""
    (repo.root / LOG).unlink()
    assert render.render(closed).paths == (LOG,)
