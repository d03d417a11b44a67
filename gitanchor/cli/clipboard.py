"""The clipboard, by way of pyperclip. The only module that imports it."""

from gitanchor.model.errors import NotFound


def read() -> str:
    """The text on the clipboard. Raises NotFound, with what to do, if there is none to be had."""
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
