"""How requests for permission reach authors: one module per way. Registered with the rights room at start-up."""

from project.collection.senders.assisted import AssistedAnywhere, AssistedInThread
from project.collection.senders.email import EmailSender
from project.collection.senders.private_link import PrivateLinkSender
from project.collection.senders.public_reply import PublicReplySender
from project.collection.sources.registry import SOURCES
from project.rights.senders import register_sender


def register_senders() -> None:
    """Every way for every kind of source; what a kind's threads allow comes with its client."""
    register_sender(EmailSender())
    register_sender(PrivateLinkSender())
    register_sender(AssistedAnywhere())
    for source in SOURCES.values():
        if source.make_thread_client is not None and source.normalize_reply is not None:
            register_sender(AssistedInThread(source))
            register_sender(PublicReplySender(source))
