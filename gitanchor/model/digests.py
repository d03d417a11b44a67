"""Digests of what has to be told apart, without what takes longer to load than they do to make."""

import contextlib

try:
    from _blake2 import blake2b  # `hashlib` has the same, and loads OpenSSL for it, which takes 3 ms
except ImportError:
    from hashlib import blake2b

_SHA1_DIGITS = 40


def blake2(content: bytes, size: int) -> str:
    """The BLAKE2b digest (RFC 7693) of so many bytes, in hexadecimal digits."""
    return blake2b(content, digest_size=size).hexdigest()


def blob(content: bytes, like: str) -> str:
    """The id that a content has as a blob (gitformat-pack(5)), where an object is called `like` that."""
    whole = b"blob %d\0" % len(content) + content
    if len(like) <= _SHA1_DIGITS:
        with contextlib.suppress(ImportError):
            import _sha1  # type: ignore[import-not-found]

            return str(_sha1.sha1(whole).hexdigest())
    import hashlib

    return hashlib.new("sha1" if len(like) <= _SHA1_DIGITS else "sha256", whole).hexdigest()
