"""The text that asks a chat for an anchor. Plain formatting, so that nothing else has to be loaded."""

from typing import Final

from gitanchor.model.anchor import PLACEHOLDER

_REQUEST: Final = """\
Anchor this as chat [{name}] with next action + dependencies. Use this template:
Resume from anchor: [{name}]
Context: [3–4 lines on project/sprint state]
Current milestone: [what’s done]
Next action: [one concrete step]
Dependencies: [keys/env/tools/people]"""


def request(name: str = PLACEHOLDER) -> str:
    """Return the text that asks a chat for an anchor of that name, without a final line break."""
    return _REQUEST.format(name=name)
