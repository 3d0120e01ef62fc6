"""Writes of the rights room."""

from project.rights.services.answers import decline_request, grant_request, withdraw_by_link
from project.rights.services.clock import announce_licence_changes
from project.rights.services.confirmation import confirm_code, send_confirmation_link
from project.rights.services.holds import close_hold, open_hold
from project.rights.services.imports import activate_import_licence, cover_items, prepare_import_licence
from project.rights.services.licences import grant_licence, withdraw_item, withdraw_licence
from project.rights.services.requests import ask_permission, cancel_request, new_author_link
from project.rights.services.scope import change_scope
from project.rights.services.terms import privacy_address, terms_address, terms_as_shown, terms_text

__all__ = [
    "activate_import_licence",
    "announce_licence_changes",
    "ask_permission",
    "cancel_request",
    "change_scope",
    "close_hold",
    "confirm_code",
    "cover_items",
    "decline_request",
    "grant_licence",
    "grant_request",
    "new_author_link",
    "open_hold",
    "prepare_import_licence",
    "privacy_address",
    "send_confirmation_link",
    "terms_address",
    "terms_as_shown",
    "terms_text",
    "withdraw_by_link",
    "withdraw_item",
    "withdraw_licence",
]
