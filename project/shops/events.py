"""News of the shops room."""

from dataclasses import dataclass

from project.core.events import Event


@dataclass(frozen=True, kw_only=True)
class ShopCreated(Event):
    pass


@dataclass(frozen=True, kw_only=True)
class ShopChanged(Event):
    """Name, language, markets or allowed origins changed."""


@dataclass(frozen=True, kw_only=True)
class ProductsChanged(Event):
    product_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MailQueued(Event):
    mail_id: str


@dataclass(frozen=True, kw_only=True)
class MailFailed(Event):
    """A message that did not leave; ``about``: the public id of its subject. ``permanent``: nobody lives at its
    address; otherwise only the tries are used up."""

    mail_id: str
    about: str
    purpose: str
    permanent: bool
