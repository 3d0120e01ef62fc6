"""Writes of the rights room."""

from project.rights.services.answers import decline_request, grant_request, withdraw_by_link
from project.rights.services.asking import ask_permission, cancel_request, new_author_link
from project.rights.services.clock import announce_licence_changes
from project.rights.services.confirmation import confirm_code, send_confirmation_link
from project.rights.services.erasure import erase_author
from project.rights.services.exports import export_archive, export_author
from project.rights.services.holds import close_hold, open_hold
from project.rights.services.imports import (
    activate_import_licence,
    cover_items,
    drop_import_licence,
    prepare_import_licence,
)
from project.rights.services.licences import grant_licence, withdraw_item, withdraw_licence
from project.rights.services.locks import lock_holds
from project.rights.services.messages import preview_message
from project.rights.services.notice_decisions import decide_notice
from project.rights.services.notices import (
    appeal_notice,
    close_settled_notices,
    file_notice,
    take_up_notice,
)
from project.rights.services.privacy import (
    carry_out_privacy_request,
    confirm_identity,
    receive_privacy_request,
    refuse_privacy_request,
)
from project.rights.services.recording import record_licence
from project.rights.services.replies import Reading, record_reply, settle_reply
from project.rights.services.schedule import keep_asking
from project.rights.services.scope import change_scope
from project.rights.services.sending import confirm_assisted, note_undelivered, remind, send_request
from project.rights.services.statements import (
    answer_objection,
    end_picture_statements,
    end_statements,
    object_to_statement,
    state_hold,
    state_moderation,
    state_pictures,
    state_reopened,
)
from project.rights.services.templates import check_template, retire_template, save_template
from project.rights.services.terms import privacy_address, terms_address, terms_as_shown, terms_text
from project.rights.services.tidying import tidy_after_erasures
from project.rights.services.withdrawals import (
    forgotten_measurements,
    measure_withdrawal,
    record_hold,
    record_withdrawal,
)

__all__ = [
    "Reading",
    "activate_import_licence",
    "announce_licence_changes",
    "answer_objection",
    "appeal_notice",
    "ask_permission",
    "cancel_request",
    "carry_out_privacy_request",
    "change_scope",
    "check_template",
    "close_hold",
    "close_settled_notices",
    "confirm_assisted",
    "confirm_code",
    "confirm_identity",
    "cover_items",
    "decide_notice",
    "decline_request",
    "drop_import_licence",
    "end_picture_statements",
    "end_statements",
    "erase_author",
    "export_archive",
    "export_author",
    "file_notice",
    "forgotten_measurements",
    "grant_licence",
    "grant_request",
    "keep_asking",
    "lock_holds",
    "measure_withdrawal",
    "new_author_link",
    "note_undelivered",
    "object_to_statement",
    "open_hold",
    "prepare_import_licence",
    "preview_message",
    "privacy_address",
    "receive_privacy_request",
    "record_hold",
    "record_licence",
    "record_reply",
    "record_withdrawal",
    "refuse_privacy_request",
    "remind",
    "retire_template",
    "save_template",
    "send_confirmation_link",
    "send_request",
    "settle_reply",
    "state_hold",
    "state_moderation",
    "state_pictures",
    "state_reopened",
    "take_up_notice",
    "terms_address",
    "terms_as_shown",
    "terms_text",
    "tidy_after_erasures",
    "withdraw_by_link",
    "withdraw_item",
    "withdraw_licence",
]
