"""Texts of the pure folders that people read: the ORM side asks for the translation."""


def _(text: str) -> str:
    """The text as it is; the name is what translators' tools look for."""
    return text
