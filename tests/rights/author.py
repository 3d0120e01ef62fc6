"""Ana, an author with a link: what she was asked, and how a browser answers for her."""

import hashlib
import html
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image, ImageDraw

from project.content import selectors as content
from project.content.contracts import AuthorInput, ItemInput, MediaInput
from project.content.kinds import Kind
from project.content.models import Author
from project.content.rules import CreditKind
from project.content.services import approve_items, record_media_ready
from project.core.scope import shop_scope
from project.rights import gate, selectors
from project.rights.contracts import Audience, Channel
from project.rights.models import ConsentRecord, Licence, LicenceEvent, RightsRequest
from project.rights.services import ask_permission
from tests.factories import Personas, item_input, make_items, make_personas

POST_TEXT = "My new favourite cardigan. <b>Really</b>"
EVERYWHERE = tuple(Channel)


def anas_post(**values: Any) -> ItemInput:
    defaults: dict[str, Any] = {
        "kind": Kind.UGC_POST,
        "text": POST_TEXT,
        "rating": None,
        "author": AuthorInput(external_id="ana", display_name="Ana Holm", handle="@ana@social.example"),
        "credit_kind": CreditKind.HANDLE,
        "credit_name": "@ana@social.example",
    }
    return item_input(**{**defaults, **values})


@dataclass
class Asked:
    """Ana was asked about her approved post."""

    channels: tuple[Channel, ...] = (Channel.SITE, Channel.AI_ASSISTANT)
    markets: tuple[str, ...] = ("*",)
    days: int | None = 365
    with_picture: bool = False
    pictures_on_their_way: bool = False
    people: Personas = field(default_factory=make_personas)
    post: ItemInput = field(default_factory=anas_post)

    def __post_init__(self) -> None:
        if self.with_picture or self.pictures_on_their_way:
            self.post = replace(self.post, media=(MediaInput(remote_url="https://social.example/1.jpg"),))
        (self.item,) = make_items(self.people.shop.id, [self.post])
        if self.with_picture:
            self.add_picture()
        approve_items(shop_id=self.people.shop.id, actor_id=None, item_ids=[self.item])
        asked = ask_permission(
            shop_id=self.people.shop.id,
            actor_id=self.people.alice.pk,
            item_id=self.item,
            channels=self.channels,
            markets=self.markets,
            days=self.days,
        )
        self.request, self.token = asked.public_id, asked.token
        self.url = reverse("rights:consent", args=[asked.token])

    def add_picture(self) -> None:
        """A drawing of 1200 × 900 points, fetched and ready."""
        with shop_scope(self.people.shop.id):
            media = content.pending_media().get()
        file = f"{media.pk:02d}/{media.pk:032x}.webp"
        path = Path(settings.MEDIA_ROOT) / file
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = Image.new("RGB", (1200, 900), "#d9c7ae")
        ImageDraw.Draw(picture).ellipse((330, 180, 870, 720), fill="#7c4a3a")
        picture.save(path)
        record_media_ready(
            shop_id=self.people.shop.id,
            public_id=media.public_id,
            file=file,
            width=1200,
            height=900,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        )

    def shows_on(self, channel: Channel) -> bool:
        shop = self.people.shop
        with shop_scope(shop.id):
            audience = Audience(shop.id, channel, shop.markets, timezone.now())
            return gate.visible_items(audience).filter(public_id=self.item).exists()

    def shown_places(self) -> set[Channel]:
        return {channel for channel in Channel if self.shows_on(channel)}

    def state(self) -> str:
        return self.row().state

    def row(self) -> RightsRequest:
        with shop_scope(self.people.shop.id):
            return selectors.requests().get(public_id=self.request)

    def licence(self) -> Licence:
        licence = self.row().licence
        assert licence is not None
        return licence

    def consents(self) -> list[ConsentRecord]:
        with shop_scope(self.people.shop.id):
            return list(ConsentRecord.objects.order_by("id"))

    def ledger(self) -> str:
        with shop_scope(self.people.shop.id):
            return "\n".join(LicenceEvent.objects.order_by("number").values_list("body", flat=True))

    def change_request(self, **values: Any) -> None:
        with shop_scope(self.people.shop.id):
            RightsRequest.objects.filter(public_id=self.request).update(**values)

    def give_address(self, address: str = "ana@example.org") -> None:
        with shop_scope(self.people.shop.id):
            Author.objects.update(email=address)


def shown_on(page: str) -> str:
    """What the form says that the author had before them."""
    (found,) = re.findall(r'name="shown" value="([0-9a-f]{64})"', page)
    return found


def terms_on(page: str) -> str:
    """The terms as a reader sees them: the text of the element, whose white space the page keeps."""
    found = re.search(r"<div[^>]* data-terms[^>]*>(.*?)</div>", page, flags=re.DOTALL)
    assert found
    return html.unescape(found[1])


def answer(browser: Client, url: str, **changes: Any) -> HttpResponse:
    """Open the page and send its form: old enough, named as the account is, and what ``changes`` say. Values that are
    None are not sent."""
    page = browser.get(url).content.decode()
    form: dict[str, Any] = {"answer": "ticked", "shown": shown_on(page), "credit": "handle", "age": "16", **changes}
    response = browser.post(url, {name: value for name, value in form.items() if value is not None})
    assert isinstance(response, HttpResponse)
    return response
