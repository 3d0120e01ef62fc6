"""Writes of the content room."""

from project.content.services.erasure import lock_person
from project.content.services.intake import receive_items
from project.content.services.media import (
    approve_pictures,
    record_media_failed,
    record_media_ready,
    refuse_pictures,
)
from project.content.services.moderation import (
    approve_items,
    credit_item,
    decide_item,
    reject_items,
    reopen_items,
    restore_items,
    tag_items,
    take_down_items,
    untag_items,
)
from project.content.services.rectification import rectify_author
from project.content.services.sources import create_source, ensure_source, set_source_active, update_source_config
from project.content.services.vouching import stop_vouching, vouch_for_item

__all__ = [
    "approve_items",
    "approve_pictures",
    "create_source",
    "credit_item",
    "decide_item",
    "ensure_source",
    "lock_person",
    "receive_items",
    "record_media_failed",
    "record_media_ready",
    "rectify_author",
    "refuse_pictures",
    "reject_items",
    "reopen_items",
    "restore_items",
    "set_source_active",
    "stop_vouching",
    "tag_items",
    "take_down_items",
    "untag_items",
    "update_source_config",
    "vouch_for_item",
]
