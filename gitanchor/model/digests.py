"""Digests that tell contents apart, made without libraries that are slow to load."""

import contextlib

try:
    from _blake2 import blake2b  # `hashlib` has it too, but loads OpenSSL, which takes 3 ms
except ImportError:
    from hashlib import blake2b

_SHA1_DIGITS = 40


def blake2(content: bytes, size: int) -> str:
    """Return the BLAKE2b digest (RFC 7693) of a content in hex digits. `size` is its length in bytes."""
    return blake2b(content, digest_size=size).hexdigest()


def blob(content: bytes, like: str) -> str:
    """Return the object id of a content as a blob (gitformat-pack(5)).

    `like` is any object id of the repository: its length says whether that uses SHA-1 or SHA-256.
    """
    whole = b"blob %d\0" % len(content) + content
    if len(like) <= _SHA1_DIGITS:
        with contextlib.suppress(ImportError):
            import _sha1  # type: ignore[import-not-found]

            return str(_sha1.sha1(whole).hexdigest())
    import hashlib

    return hashlib.new("sha1" if len(like) <= _SHA1_DIGITS else "sha256", whole).hexdigest()
