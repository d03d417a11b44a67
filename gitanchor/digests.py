"""Digests of what has to be told apart, without what takes longer to load than they do to make."""

try:
    from _blake2 import blake2b  # `hashlib` has the same, and loads OpenSSL for it, which takes 3 ms
except ImportError:
    from hashlib import blake2b


def blake2(content: bytes, size: int) -> str:
    """The BLAKE2b digest (RFC 7693) of so many bytes, in hexadecimal digits."""
    return blake2b(content, digest_size=size).hexdigest()
