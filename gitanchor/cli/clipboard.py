"""The clipboard, read by pyperclip. The only module that imports it."""

from gitanchor.model.errors import NotFound


def read() -> str:
    """Return the text on the clipboard. Raises NotFound, with advice, if it cannot be read."""
    import pyperclip

    try:
        text: str = pyperclip.paste()
    except pyperclip.PyperclipException:
        raise NotFound(
            "no clipboard here (on Linux, xclip, xsel or wl-clipboard reads it);"
            " pipe the answer into 'git anchor add -F -'"
        ) from None
    if not text.strip():
        raise NotFound("the clipboard holds no text; copy the chat's answer first")
    return text
