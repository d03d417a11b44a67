"""gitanchor: handoff anchors between AI chats, kept inside the git repository.

The Python API is `gitanchor.operations`. This module holds the version, and imports nothing.
"""

__version__ = "0.2.0"
