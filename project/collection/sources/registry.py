"""The sources that Vouchsafe can collect from: one folder each, with the same three files. See docs/sources.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from project.collection.contracts import Admission, CollectedPost, Payload, SourceClient, ThreadClient
from project.content.source_policies import SourcePolicy, register_source_policy
from project.rights.contracts import PublicReply

from .mastodon import client as mastodon_client
from .mastodon import normalize as mastodon_normalize
from .mastodon import policy as mastodon_policy


class ReplyNormalizer(Protocol):
    """From a payload to a reply, purely. Raises Unusable."""

    def __call__(self, payload: Payload, *, post_id: str, others: Mapping[str, Payload]) -> PublicReply: ...


@dataclass(frozen=True, kw_only=True)
class SourceKind:
    """One kind of source. ``make_client`` takes the source's settings and raises SourceFailed where they are
    incomplete; ``normalize`` raises Unusable. ``make_thread_client`` and ``normalize_reply`` stand where the threads
    under its posts can be read."""

    name: str
    policy: SourcePolicy
    make_client: Callable[[Mapping[str, Any]], SourceClient]
    normalize: Callable[[Payload], CollectedPost]
    admit: Callable[[CollectedPost], Admission]
    make_thread_client: Callable[[Mapping[str, Any]], ThreadClient] | None = None
    normalize_reply: ReplyNormalizer | None = None

    @property
    def kind(self) -> str:
        """The code on the source's row."""
        return self.policy.kind


MASTODON: Final = SourceKind(
    name="Mastodon",
    policy=mastodon_policy.POLICY,
    make_client=mastodon_client.from_settings,
    normalize=mastodon_normalize.normalize,
    admit=mastodon_policy.admit,
    make_thread_client=mastodon_client.from_settings,
    normalize_reply=mastodon_normalize.normalize_reply,
)

SOURCES: Final[Mapping[str, SourceKind]] = {source.kind: source for source in (MASTODON,)}


def source_kind(kind: str) -> SourceKind | None:
    """The kind with this code; None for sources that nothing is collected from (imports, forms)."""
    return SOURCES.get(kind)


def register_policies() -> None:
    """Tell the content room what each source allows; called when the application starts."""
    for source in SOURCES.values():
        register_source_policy(source.policy)
