"""Who may do what: one row for every method of every address, socket and command.

Names in braces are Alice's objects (:class:`tests.permission_world.Objects`). ``may`` says who gets an answer;
everybody else is refused and leaves no trace. A new address without a row fails ``tests/test_permission_matrix.py``.
"""

from dataclasses import dataclass, field
from typing import Any

from project.rights.wordings import Family, variants
from tests.permission_world import MEMBERS, PEOPLE, SIGNED_IN, Who

EVERYBODY = frozenset(Who)
NOBODY: frozenset[Who] = frozenset()
MODERATORS = frozenset({Who.BOB, Who.ALICE})
RIGHTS_MANAGERS = frozenset({Who.RITA, Who.ALICE})
HOLDERS = MODERATORS | RIGHTS_MANAGERS
OWNER = frozenset({Who.ALICE})
SECRET_KEYS = frozenset({Who.SECRET})
ANY_SECRET_KEY = frozenset({Who.SECRET, Who.OTHER_SECRET})
READING_KEYS = frozenset({Who.SECRET, Who.OTHER_SECRET, Who.PUBLISHABLE})


@dataclass(frozen=True)
class Row:
    """``route`` as the resolver prints it; ``data`` a form, or a JSON body under ``api/``; ``names``: which object
    fills a parameter whose own name is not the object's."""

    method: str
    route: str
    may: frozenset[Who]
    data: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return self.method, self.route


def studio(method: str, route: str, may: frozenset[Who], data: Any = None, **names: str) -> Row:
    return Row(method, f"studio/<slug:shop>/{route}", may, data or {}, names)


def api(method: str, resource: str, rest: str, may: frozenset[Who], data: Any = None, name: str = "") -> Row:
    prefixes = {"content": "rev", "published": "rev", "products": "prd", "orders": "ord", "rights-requests": "req"}
    prefixes |= {"notices": "ntc", "statements": "sor"}
    prefixes |= {"licences": "lic", "holds": "hld", "widgets": "wid", "selections": "sel", "sources": "src"}
    one = rf"(?P<public_id>{prefixes[resource]}_[0-9A-Za-z]{{22}})/" if name else ""
    return Row(method, f"api/v1/^{resource}/{one}{rest}$", may, data or {}, {"public_id": name} if name else {})


def account(route: str, may: frozenset[Who], posts: frozenset[Who] | None = None, **names: str) -> list[Row]:
    rows = [Row("GET", f"accounts/{route}", may, {}, names)]
    return rows if posts is None else [*rows, Row("POST", f"accounts/{route}", posts, {}, names)]


SHOP = {"name": "Linden", "slug": "fresh-shop", "locale": "en", "markets": "DK", "time_zone": "UTC", "website": ""}
WIDGET = {"type": "carousel", "name": "New", "order": "newest", "scheme": "auto", "accent": "#0b6e4f", "radius": "12"}
WIDGET |= {"density": "comfortable", "active": "on"}
SOURCE = {"tag": "linden", "server": "https://mastodon.example"}
SPAM = {"reason": "spam"}
ASK = {"channels": ["site"], "markets": "DK", "days": ""}
MANY = ASK | {"item": ["{pending}"], "way": "private_link"}
# Its placeholders are the author's, not this table's.
_TEXT = variants(Family.PUBLIC, "en")[0].text.replace("{", "{{").replace("}", "}}")
WORDING = {"way": "assisted", "language": "en", "subject": "", "text": _TEXT}
RECORD = {"basis": "owned", "channels": ["site"], "markets": "DK"}
RECORD |= {"people_depicted": "none", "third_party_works": "none"}

REJECTION = {"outcome": "rejected", "reason": "lawful", "note": "We have looked at it."}
NOTICE = {"item_id": "{item}", "category": "other", "explanation": "No.", "urls": ["https://www.linden.example/"]}
NOTICE |= {"name": "Vera", "email": "vera@example.org", "in_good_faith": True}
NOTICE_FORM = {"category": "other", "explanation": "No.", "urls": "https://www.linden.example/", "seal": "{seal}"}
NOTICE_FORM |= {"name": "Vera", "email": "vera@example.org", "in_good_faith": "yes"}
AS_SEEN = {"version": "1", "pictures": "1"}
PUBLIC = [
    Row("GET", "healthz", EVERYBODY),
    Row("GET", "", EVERYBODY),
    Row("GET", "media/<path:file>", EVERYBODY),
    Row("GET", "c/privacy/<slug:shop>", EVERYBODY),
    Row("GET", "c/terms/<slug:shop>", EVERYBODY),
    Row("GET", "c/terms/<slug:shop>/<str:version>", EVERYBODY, names={"version": "terms_version"}),
    Row("GET", "c/<str:token>", EVERYBODY),
    Row("POST", "c/<str:token>", EVERYBODY, {"answer": "decline"}),
    Row("GET", "c/<str:token>/proof.zip", EVERYBODY, {}, {"token": "granted_token"}),
    Row("GET", "n/<str:item_id>", EVERYBODY, {}, {"item_id": "item"}),
    Row("POST", "n/<str:item_id>", EVERYBODY, NOTICE_FORM, {"item_id": "item"}),
    Row("GET", "n/status/<str:token>", EVERYBODY, {}, {"token": "notice_token"}),
    Row("POST", "n/status/<str:token>", EVERYBODY, {"appeal": "Look again."}, {"token": "rejected_token"}),
    Row("GET", "s/<str:token>", EVERYBODY, {}, {"token": "statement_token"}),
    Row("POST", "s/<str:token>", EVERYBODY, {"objection": "Wrong."}, {"token": "statement_token"}),
    Row("GET", "log/<str:shop>/", EVERYBODY),
    Row("GET", "log/<str:shop>/sth", EVERYBODY),
    Row("GET", "log/<str:shop>/proof", EVERYBODY),
    Row("GET", "log/<str:shop>/consistency", EVERYBODY),
    Row("GET", "log/<str:shop>/keys", EVERYBODY),
    # Nothing was withdrawn under this link, and no search engine is told: tests/rights/test_receipt.py and
    # tests/widgets/test_copies.py try both where there is something.
    Row("GET", "c/<str:token>/receipt", NOBODY),
    Row("GET", "<str:key>.txt", NOBODY, {}, {"key": "item"}),
    Row("GET", "api/v1/schema/", EVERYBODY),
    Row("GET", "api/v1/docs/", EVERYBODY),
]
ACCOUNTS = [
    *account("login/", EVERYBODY, EVERYBODY),
    *account("logout/", EVERYBODY, EVERYBODY),
    *account("signup/", EVERYBODY, EVERYBODY),
    *account("inactive/", EVERYBODY),
    *account("reauthenticate/", SIGNED_IN, SIGNED_IN),
    *account("email/", SIGNED_IN, SIGNED_IN),
    *account("confirm-email/", EVERYBODY),
    *account(r"^confirm-email/(?P<key>[-:\w]+)/$", EVERYBODY, NOBODY, key="shop"),
    *account("password/change/", SIGNED_IN, SIGNED_IN),
    *account("password/set/", SIGNED_IN, SIGNED_IN),
    *account("password/reset/", EVERYBODY, EVERYBODY),
    *account("password/reset/done/", EVERYBODY),
    *account("password/reset/key/done/", EVERYBODY),
    *account(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        EVERYBODY,
        EVERYBODY,
        uidb36="user_id",
        key="shop",
    ),
    # The second step of a sign-in: without a first one it leads back there (or, signed in, onwards).
    *account("login/code/confirm/", EVERYBODY, EVERYBODY),
    *account("2fa/authenticate/", EVERYBODY, EVERYBODY),
    *account("2fa/", SIGNED_IN),
    *account("2fa/reauthenticate/", SIGNED_IN, SIGNED_IN),
    *account("2fa/totp/activate/", SIGNED_IN, SIGNED_IN),
    # Alice alone has a second factor to look at or to give up.
    *account("2fa/totp/deactivate/", OWNER, OWNER),
    *account("2fa/recovery-codes/", OWNER),
    *account("2fa/recovery-codes/generate/", SIGNED_IN, SIGNED_IN),
    *account("2fa/recovery-codes/download/", OWNER),
]
HOME = [
    Row("GET", "studio/", SIGNED_IN),
    Row("GET", "studio/-/new-shop/", SIGNED_IN),
    Row("POST", "studio/-/new-shop/", SIGNED_IN, SHOP),
    Row("GET", "studio/-/invitations/<str:token>/", SIGNED_IN, {}, {"token": "invitation_token"}),
    # The invitation is for Charlie's address, and a forwarded link is nobody else's.
    Row("POST", "studio/-/invitations/<str:token>/", frozenset({Who.CHARLIE}), {}, {"token": "invitation_token"}),
    studio("GET", "", MEMBERS),
    studio("GET", "counts/", MEMBERS),
    studio("POST", "deliveries/retry/", OWNER),
]
CONTENT = [
    studio("GET", "queue/", MEMBERS),
    studio("POST", "queue/decide/", MODERATORS, {"item": ["{pending}:1:1"], "decision": "approve"}),
    studio("GET", "queue/pictures/", MEMBERS),
    studio("GET", "queue/new/", MEMBERS),
    studio("GET", "content/", MEMBERS),
    studio("GET", "content/<str:item>/", MEMBERS),
    studio("POST", "content/<str:item>/approve/", MODERATORS, AS_SEEN, item="pending"),
    studio("POST", "content/<str:item>/reject/", MODERATORS, SPAM | AS_SEEN, item="pending"),
    studio("POST", "content/<str:item>/take-down/", MODERATORS, SPAM),
    studio("POST", "content/<str:item>/restore/", MODERATORS, {"version": "1"}, item="down"),
    studio("POST", "content/<str:item>/reopen/", MODERATORS),
    studio("POST", "content/<str:item>/pictures/", MODERATORS, {"decision": "refuse", "picture": ["{picture}"]}),
    studio("POST", "content/<str:item>/tag/", MODERATORS, {"tag": "warm"}),
    studio("POST", "content/<str:item>/vouch/", MODERATORS, {"evidence": "1042"}),
    studio("POST", "content/<str:item>/untag/", MODERATORS, {"tag": "winter"}),
    studio("GET", "products/", MEMBERS),
]
RIGHTS = [
    studio("GET", "content/<str:item>/ask/", RIGHTS_MANAGERS, item="pending"),
    studio("POST", "content/<str:item>/ask/", RIGHTS_MANAGERS, ASK, item="pending"),
    studio("GET", "content/<str:item>/record/", RIGHTS_MANAGERS, item="pending"),
    studio("POST", "content/<str:item>/record/", RIGHTS_MANAGERS, RECORD, item="pending"),
    studio("POST", "content/<str:item>/hold/", HOLDERS, {"reason": "dispute"}),
    studio("GET", "rights/holds/", MEMBERS),
    studio("POST", "rights/holds/<str:hold_id>/lift/", RIGHTS_MANAGERS),
    studio("GET", "rights/notices/", MEMBERS),
    studio("GET", "rights/notices/<str:notice_id>/", MEMBERS),
    studio("POST", "rights/notices/<str:notice_id>/take-up/", RIGHTS_MANAGERS),
    studio("POST", "rights/notices/<str:notice_id>/decide/", RIGHTS_MANAGERS, REJECTION),
    studio("GET", "rights/statements/<str:statement_id>/", MEMBERS),
    studio(
        "POST",
        "rights/statements/<str:statement_id>/answer/",
        RIGHTS_MANAGERS,
        {"lift": "no", "answer": "It stays."},
        statement_id="objected_id",
    ),
    studio("POST", "content/<str:item>/ask/preview/", RIGHTS_MANAGERS, ASK, item="pending"),
    studio("GET", "rights/", MEMBERS),
    studio("POST", "rights/ask/", RIGHTS_MANAGERS, MANY),
    studio("POST", "rights/ask/undo/", RIGHTS_MANAGERS, {"request": ["{request_id}"]}),
    studio("POST", "rights/views/save/", MEMBERS, {"name": "Old", "query": "age=older"}),
    # The view is Alice's own; the others are told that they have none: tests/studio/test_rights_desk.py.
    studio("POST", "rights/views/<str:view>/delete/", MEMBERS),
    studio("GET", "rights/wordings/", MEMBERS),
    studio("POST", "rights/wordings/save/", RIGHTS_MANAGERS, WORDING),
    studio("POST", "rights/wordings/<str:wording>/retire/", RIGHTS_MANAGERS),
    studio("GET", "rights/mail/", RIGHTS_MANAGERS),
    studio("GET", "rights/mail/<str:mail>/", RIGHTS_MANAGERS),
    studio("POST", "rights/mail/<str:mail>/again/", RIGHTS_MANAGERS),
    studio("GET", "rights/requests/", MEMBERS),
    studio("GET", "rights/requests/<str:request_id>/", MEMBERS),
    studio("POST", "rights/requests/<str:request_id>/link/", RIGHTS_MANAGERS),
    studio("POST", "rights/requests/<str:request_id>/cancel/", RIGHTS_MANAGERS),
    studio("POST", "rights/requests/<str:request_id>/remind/", RIGHTS_MANAGERS),
    studio("POST", "rights/requests/<str:request_id>/posted/", RIGHTS_MANAGERS, {"reply_url": "https://n.example/1"}),
    studio("POST", "rights/requests/<str:request_id>/reply/", RIGHTS_MANAGERS, {"reading": "no"}),
    studio("POST", "rights/requests/<str:request_id>/code/", RIGHTS_MANAGERS, {"code": "0000-0000-0000"}),
    studio("GET", "rights/licences/", MEMBERS),
    studio("GET", "rights/licences/<str:licence>/", MEMBERS),
    studio("POST", "rights/licences/<str:licence>/evidence/", RIGHTS_MANAGERS),
    studio("GET", "rights/withdrawals/", MEMBERS),
    studio("POST", "rights/licences/<str:licence>/end/", RIGHTS_MANAGERS, {"reason": "staff"}),
]
WIDGETS = [
    studio("GET", "widgets/", MEMBERS),
    studio("GET", "widgets/new/", OWNER),
    studio("POST", "widgets/new/", OWNER, WIDGET),
    studio("GET", "widgets/<str:widget_id>/", MEMBERS),
    studio("POST", "widgets/<str:widget_id>/save/", OWNER, WIDGET),
    studio("POST", "widgets/<str:widget_id>/delete/", OWNER),
    studio("GET", "widgets/<str:widget_id>/preview/", MEMBERS),
    studio("GET", "selections/", MEMBERS),
    studio("POST", "selections/new/", OWNER, {"name": "Autumn"}),
    studio("GET", "selections/<str:selection_id>/", MEMBERS),
    studio("POST", "selections/<str:selection_id>/save/", OWNER, {"name": "Autumn"}),
    studio("POST", "selections/<str:selection_id>/delete/", OWNER),
    studio("GET", "selections/<str:selection_id>/pick/", OWNER),
    studio("POST", "selections/<str:selection_id>/pick/", OWNER, {"item": ["{second}"]}),
    studio("POST", "selections/<str:selection_id>/<str:item>/remove/", OWNER),
    studio("POST", "selections/<str:selection_id>/<str:item>/pin/", OWNER, {"pinned": "yes"}),
    studio("POST", "selections/<str:selection_id>/<str:item>/tag/", OWNER, {"tag": "soft"}),
    studio("POST", "selections/<str:selection_id>/<str:item>/move/", OWNER, {"to": "up"}),
    studio("GET", "assistant/", MEMBERS),
    studio("POST", "assistant/", MEMBERS, {"question": "Is it warm?"}),
    studio("POST", "assistant/new/", OWNER),
    studio("GET", "assistant/progress/", MEMBERS),
]
SETTINGS = [
    studio("GET", "sources/", MEMBERS),
    studio("GET", "sources/new/", OWNER),
    studio("POST", "sources/new/", OWNER, SOURCE),
    studio("GET", "sources/import/", MEMBERS),
    studio("GET", "sources/<str:source_id>/", MEMBERS),
    studio("POST", "sources/<str:source_id>/save/", OWNER, SOURCE, source_id="mastodon"),
    studio("POST", "sources/<str:source_id>/run/", OWNER),
    studio("POST", "sources/<str:source_id>/switch/", OWNER, {"active": "no"}),
    studio("GET", "settings/", MEMBERS),
    studio("POST", "settings/save/", OWNER, SHOP),
    studio("GET", "settings/team/", MEMBERS),
    studio("POST", "settings/team/invite/", OWNER, {"email": "new@example.org", "role": "viewer"}),
    studio("POST", "settings/team/invitations/<str:invitation>/cancel/", OWNER),
    studio("POST", "settings/team/<int:user_id>/role/", OWNER, {"role": "viewer"}),
    studio("POST", "settings/team/<int:user_id>/remove/", OWNER),
    studio("GET", "settings/keys/", OWNER),
    studio("POST", "settings/keys/new/", OWNER, {"name": "Till", "publishable": "yes"}),
    studio("POST", "settings/keys/<str:key>/rotate/", OWNER),
    studio("POST", "settings/keys/<str:key>/revoke/", OWNER),
    studio("GET", "settings/privacy/", RIGHTS_MANAGERS),
    studio("POST", "settings/privacy/new/", RIGHTS_MANAGERS, {"author": "{author}", "kind": "erasure"}),
    studio("GET", "settings/privacy/<str:privacy>/", RIGHTS_MANAGERS),
    studio("POST", "settings/privacy/<str:privacy>/confirm/", RIGHTS_MANAGERS, {"confirmed_by": "mail"}),
    studio("POST", "settings/privacy/<str:privacy>/do/", RIGHTS_MANAGERS),
    studio("POST", "settings/privacy/<str:privacy>/refuse/", RIGHTS_MANAGERS, {"reason": "not_theirs"}),
    studio("POST", "settings/privacy/<str:privacy>/archive/", RIGHTS_MANAGERS),
    studio("GET", "settings/origins/", MEMBERS),
    studio("POST", "settings/origins/add/", OWNER, {"origin": "https://new.example"}),
    studio("POST", "settings/origins/remove/", OWNER, {"origin": "https://www.linden.example"}),
]
API_CONTENT = [
    api("GET", "content", "", ANY_SECRET_KEY),
    api("POST", "content", "", ANY_SECRET_KEY, {"kind": "review", "external_id": "n", "text": "New."}),
    api("GET", "content", "", SECRET_KEYS, name="pending"),
    api("POST", "content", "approve/", SECRET_KEYS, name="pending"),
    api("POST", "content", "reject/", SECRET_KEYS, SPAM, name="pending"),
    api("POST", "content", "take-down/", SECRET_KEYS, SPAM, name="item"),
    api("POST", "content", "restore/", SECRET_KEYS, name="down"),
    api("POST", "content", "approve-pictures/", SECRET_KEYS, {"media_ids": ["{hidden_picture}"]}, name="pending"),
    api("POST", "content", "refuse-pictures/", SECRET_KEYS, {"media_ids": ["{picture}"]}, name="item"),
    api("GET", "published", "", READING_KEYS),
    api("GET", "published", "", SECRET_KEYS | {Who.PUBLISHABLE}, name="item"),
    api("GET", "products", "", ANY_SECRET_KEY),
    api("POST", "products", "", ANY_SECRET_KEY, {"products": [{"external_id": "knit", "name": "Changed"}]}),
    api("GET", "products", "", SECRET_KEYS, name="product_id"),
    api("GET", "orders", "", ANY_SECRET_KEY),
    api("POST", "orders", "", ANY_SECRET_KEY, {"external_id": "2", "placed_at": "2026-01-01T00:00:00Z"}),
    api("GET", "orders", "", SECRET_KEYS, name="order"),
    api("GET", "rights-requests", "", ANY_SECRET_KEY),
    api("POST", "rights-requests", "", SECRET_KEYS, {"item_id": "{pending}", "channels": ["site"]}),
    api("GET", "rights-requests", "", SECRET_KEYS, name="request_id"),
    api("POST", "rights-requests", "cancel/", SECRET_KEYS, name="request_id"),
    api("POST", "rights-requests", "link/", SECRET_KEYS, name="request_id"),
    api("GET", "licences", "", ANY_SECRET_KEY),
    api("POST", "licences", "", SECRET_KEYS, {"basis": "owned", "item_ids": ["{unasked}"], "channels": ["site"]}),
    api("GET", "licences", "", SECRET_KEYS, name="licence"),
    api("POST", "licences", "withdraw/", SECRET_KEYS, name="licence"),
    # Open to everybody without a key; a key of another shop reaches nothing of this one.
    api("POST", "notices", "", EVERYBODY - {Who.OTHER_SECRET}, NOTICE),
    api("GET", "statements", "", ANY_SECRET_KEY),
    api("GET", "statements", "", SECRET_KEYS, name="statement_id"),
    api("GET", "holds", "", ANY_SECRET_KEY),
    api("POST", "holds", "", SECRET_KEYS, {"item_id": "{item}", "reason": "dispute"}),
    api("GET", "holds", "", SECRET_KEYS, name="hold_id"),
    api("POST", "holds", "lift/", SECRET_KEYS, name="hold_id"),
]
API_WIDGETS = [
    api("GET", "widgets", "", ANY_SECRET_KEY),
    api("POST", "widgets", "", ANY_SECRET_KEY, {"type": "carousel", "name": "New"}),
    api("GET", "widgets", "", SECRET_KEYS, name="widget_id"),
    api("PATCH", "widgets", "", SECRET_KEYS, {"name": "Changed"}, name="widget_id"),
    api("DELETE", "widgets", "", SECRET_KEYS, name="widget_id"),
    api("GET", "widgets", "snippet/", SECRET_KEYS, name="widget_id"),
    api("GET", "selections", "", ANY_SECRET_KEY),
    api("POST", "selections", "", ANY_SECRET_KEY, {"name": "New"}),
    api("GET", "selections", "", SECRET_KEYS, name="selection_id"),
    api("PATCH", "selections", "", SECRET_KEYS, {"name": "Changed"}, name="selection_id"),
    api("DELETE", "selections", "", SECRET_KEYS, name="selection_id"),
    api("POST", "selections", "add/", SECRET_KEYS, {"item_ids": ["{second}"]}, name="selection_id"),
    api("POST", "selections", "remove/", SECRET_KEYS, {"item_ids": ["{item}"]}, name="selection_id"),
    api("POST", "selections", "reorder/", SECRET_KEYS, {"item_ids": ["{item}"]}, name="selection_id"),
    api("POST", "selections", "pin/", SECRET_KEYS, {"item_id": "{item}"}, name="selection_id"),
    api("POST", "selections", "tag/", SECRET_KEYS, {"item_id": "{item}", "tag": "soft"}, name="selection_id"),
    api("GET", "sources", "", ANY_SECRET_KEY),
    api("POST", "sources", "", ANY_SECRET_KEY, {"kind": "api", "name": "New"}),
    api("GET", "sources", "", SECRET_KEYS, name="source_id"),
    api("POST", "sources", "pause/", SECRET_KEYS, name="mastodon"),
    api("POST", "sources", "resume/", SECRET_KEYS, name="mastodon"),
    api("POST", "sources", "collect/", SECRET_KEYS, name="mastodon"),
]
SECTIONS = {
    "public": PUBLIC,
    "accounts": ACCOUNTS,
    "home": HOME,
    "content": CONTENT,
    "rights": RIGHTS,
    "widgets": WIDGETS,
    "settings": SETTINGS,
    "api content": API_CONTENT,
    "api widgets": API_WIDGETS,
}
ROWS = [row for rows in SECTIONS.values() for row in rows]


@dataclass(frozen=True)
class EdgeRow:
    """An address of the edge. Everybody may ask it, with or without session or key: what counts is the page that asks.

    ``pages``: whether pages of other shops are refused; ``bare``: whether it answers without an ``Origin``.
    """

    method: str
    pattern: str
    path: str
    body: dict[str, Any] | None = None
    pages: bool = True
    bare: bool = True

    @property
    def key(self) -> tuple[str, str]:
        return self.method, self.pattern


_WIDGET = r"/w/(?P<widget_id>wid_[0-9A-Za-z]{22})"
_ASSISTANT = r"/a/(?P<assistant_id>ast_[0-9A-Za-z]{22})"
EDGE_ROWS = [
    EdgeRow("GET", r"/embed/v1/(?P<name>[A-Za-z0-9_-][A-Za-z0-9._-]{0,120})", "/embed/v1/embed.js", pages=False),
    EdgeRow("GET", _WIDGET + r"/feed\.json", "/w/{widget_id}/feed.json"),
    EdgeRow("OPTIONS", _WIDGET + r"/feed\.json", "/w/{widget_id}/feed.json", bare=False),
    EdgeRow("GET", _WIDGET + r"/items\.json", "/w/{widget_id}/items.json"),
    EdgeRow("OPTIONS", _WIDGET + r"/items\.json", "/w/{widget_id}/items.json", bare=False),
    EdgeRow("POST", _WIDGET + "/ack", "/w/{widget_id}/ack", {"connection": "{connection}", "v": 1}),
    EdgeRow("OPTIONS", _WIDGET + "/ack", "/w/{widget_id}/ack", bare=False),
    EdgeRow("GET", _WIDGET + "/events", "/w/{widget_id}/events"),
    EdgeRow("GET", _WIDGET + "/", "/w/{widget_id}/"),
    # only leads to the address with the slash
    EdgeRow("GET", _WIDGET, "/w/{widget_id}", pages=False),
    EdgeRow("POST", _ASSISTANT + "/ask", "/a/{assistant_id}/ask", {"question": "Is it warm?"}),
    EdgeRow("OPTIONS", _ASSISTANT + "/ask", "/a/{assistant_id}/ask", bare=False),
    EdgeRow("POST", _ASSISTANT + "/quotes", "/a/{assistant_id}/quotes", {"version": 0, "quotes": ["{item}.1"]}),
    EdgeRow("GET", _ASSISTANT + r"/config\.json", "/a/{assistant_id}/config.json"),
]
SOCKET_ROWS = {
    r"/ws/w/(?P<widget_id>wid_[0-9A-Za-z]{22})": "/ws/w/{widget_id}",
    r"/ws/a/(?P<assistant_id>ast_[0-9A-Za-z]{22})": "/ws/a/{assistant_id}",
}


@dataclass(frozen=True)
class CommandRow:
    """A command: whoever has the server's shell may run it, for the shop that it names and no other.

    ``arguments`` None: it names no shop and touches no shop's rows (``why`` says what it does instead). ``foreign``:
    arguments that would reach Alice's objects through Charlie's shop, and are refused.
    """

    name: str
    arguments: list[str] | None
    why: str = ""
    foreign: list[str] | None = None


COMMAND_ROWS = [
    CommandRow("ask", ["--shop", "{shop}", "Is it warm?", "--json"], foreign=["--shop", "none", "Is it warm?"]),
    CommandRow(
        "collect", ["--shop", "{other_shop}", "--json"], foreign=["--shop", "{other_shop}", "--source", "{mastodon}"]
    ),
    CommandRow("create_shop", ["brand-new", "--name", "New", "--owner", "{owner}", "--json"]),
    CommandRow(
        "erase_author",
        ["--shop", "{shop}", "--author", "{author}", "--json"],
        foreign=["--shop", "{other_shop}", "--author", "{author}"],
    ),
    CommandRow(
        "export_author",
        ["--shop", "{shop}", "--author", "{author}", "--json"],
        foreign=["--shop", "{other_shop}", "--author", "{author}"],
    ),
    CommandRow("import_reviews", ["{csv}", "--shop", "{shop}", "--json"], foreign=["{csv}", "--shop", "none"]),
    CommandRow("reindex", ["--shop", "{shop}", "--words-only", "--json"], foreign=["--shop", "none"]),
    CommandRow("rotate_log_key", None, "makes a key for the whole installation; writes no row of a shop"),
    CommandRow("seed_demo", None, "makes the demo's own shops; refused unless VOUCHSAFE_DEMO is on"),
    CommandRow("translations", None, "reads and writes catalogues, no database"),
    CommandRow("verify_ledger", ["--shop", "{shop}", "--json"], foreign=["--shop", "none"]),
    CommandRow("witness_head", ["--shop", "{shop}", "--json"], foreign=["--shop", "none"]),
]

__all__ = ["COMMAND_ROWS", "EDGE_ROWS", "PEOPLE", "ROWS", "SECTIONS", "SOCKET_ROWS", "CommandRow", "EdgeRow", "Row"]
