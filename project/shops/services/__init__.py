"""Writes of the shops room."""

from project.shops.services.access import (
    add_allowed_origin,
    create_api_key,
    mark_key_used,
    remove_allowed_origin,
    revoke_api_key,
    rotate_api_key,
)
from project.shops.services.catalogue import record_order, upsert_products
from project.shops.services.mail import queue_mail, send_mail_again
from project.shops.services.people import (
    accept_invitation,
    add_member,
    cancel_invitation,
    change_role,
    create_user,
    invite_member,
    remove_member,
)
from project.shops.services.shops import create_shop, update_shop

__all__ = [
    "accept_invitation",
    "add_allowed_origin",
    "add_member",
    "cancel_invitation",
    "change_role",
    "create_api_key",
    "create_shop",
    "create_user",
    "invite_member",
    "mark_key_used",
    "queue_mail",
    "record_order",
    "remove_allowed_origin",
    "remove_member",
    "revoke_api_key",
    "rotate_api_key",
    "send_mail_again",
    "update_shop",
    "upsert_products",
]
