"""Writes of the rights room."""

from project.rights.services.clock import announce_licence_changes
from project.rights.services.holds import close_hold, open_hold
from project.rights.services.imports import activate_import_licence, cover_items, prepare_import_licence
from project.rights.services.licences import grant_licence, withdraw_item, withdraw_licence
from project.rights.services.recording import record_licence
from project.rights.services.requests import (
    ask_permission,
    cancel_request,
    decline_request,
    grant_request,
    new_author_link,
    withdraw_by_link,
)

__all__ = [
    "activate_import_licence",
    "announce_licence_changes",
    "ask_permission",
    "cancel_request",
    "close_hold",
    "cover_items",
    "decline_request",
    "grant_licence",
    "grant_request",
    "new_author_link",
    "open_hold",
    "prepare_import_licence",
    "record_licence",
    "withdraw_by_link",
    "withdraw_item",
    "withdraw_licence",
]
