"""What a visitor typed into the public form, and the guard of a form that works without a cookie."""

from dataclasses import dataclass

from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, QueryDict
from django.utils.translation import get_language

from project.core.edge.limits import TokenBuckets, client_key
from project.core.hashing import keyed_hash
from project.rights.contracts import NoticeCategory, NoticeInput

# A visitor may send five at once, then one a minute; in each process.
buckets = TokenBuckets(rate=1 / 60, burst=5)
FORM_SECONDS = 24 * 3600
# People never see this field; what fills it in is a program.
TRAP = "homepage"


@dataclass(frozen=True)
class Typed:
    """The form's values as they came, to be shown again."""

    category: str = ""
    explanation: str = ""
    urls: str = ""
    name: str = ""
    email: str = ""
    by_author: bool = False
    in_good_faith: bool = False


def typed(data: QueryDict) -> Typed:
    """Characters that no text has (NUL) are dropped: the database would refuse them."""

    def text(name: str) -> str:
        return data.get(name, "").replace("\0", "")

    return Typed(
        category=text("category"),
        explanation=text("explanation"),
        urls=text("urls"),
        name=text("name"),
        email=text("email"),
        by_author=data.get("by_author") == "yes",
        in_good_faith=data.get("in_good_faith") == "yes",
    )


def notice_of(item_id: str, values: Typed) -> NoticeInput:
    """As the service takes it; a category that does not exist is refused there."""
    known = {category.value: category for category in NoticeCategory}
    return NoticeInput(
        item_id=item_id,
        category=known.get(values.category, values.category),  # type: ignore[arg-type]
        explanation=values.explanation,
        urls=tuple(line.strip() for line in values.urls.splitlines() if line.strip()),
        name=values.name,
        email=values.email.strip(),
        by_author=values.by_author,
        in_good_faith=values.in_good_faith,
        language=get_language() or "en",
    )


def visitor_of(request: HttpRequest) -> str:
    return client_key(request.META.get("REMOTE_ADDR", ""))


def seal(request: HttpRequest, item_id: str) -> str:
    """What only a form drawn for this visitor and this item holds: no other page can send one in their name."""
    return TimestampSigner(salt="notice-form").sign(_sealed(request, item_id))


def is_sealed(request: HttpRequest, item_id: str, value: str) -> bool:
    try:
        return TimestampSigner(salt="notice-form").unsign(value, max_age=FORM_SECONDS) == _sealed(request, item_id)
    except BadSignature:
        return False


def _sealed(request: HttpRequest, item_id: str) -> str:
    return keyed_hash(purpose="notice-form", value=f"{item_id}\0{visitor_of(request)}")[:32]
