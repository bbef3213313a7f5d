"""Signing and verifying, usable alone."""

from lienthong.common.signing.certificate import Certificate, load_chain

__all__ = ["Certificate", "load_chain"]
