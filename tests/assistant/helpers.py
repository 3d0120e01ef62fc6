"""What the assistant's tests share: a shop with words worth asking about, its index, and a running embedder."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assistant.embedding.local import LocalEmbeddings
from assistant.embedding.questions import QuestionVectors
from assistant.embedding.server import EmbedderServer
from assistant.indexing.passages import reindex_shop
from assistant.indexing.vectors import embed_pending
from assistant.services import ask
from project.content.contracts import ItemInput
from tests.factories import item_input, make_published

REVIEWS: Sequence[tuple[str, int | None]] = (
    ("The fit is true to size and the shoulders sit just right. I wear it every week.", 5),
    ("I love the fit! It is fitted at the waist without being tight anywhere.", 5),
    ("The fit was perfect on me, and the length hits exactly at the hip.", 4),
    ("Strange fit: far too wide in the body and too short in the sleeves. Sent back.", 1),
    ("It fits well enough, but I expected a little more from the brand.", 3),
    ("Warm and cosy, I wore it all winter without a coat over it.", 5),
    ("Too thin for a winter day, I was freezing the whole time in it.", 2),
    ("My skin was red after an hour of wearing this, the wool is dreadful to touch.", 1),
    ("The wool scratches terribly and I could not stand it on bare arms.", 2),
    ("The colour is exactly like the picture, a deep and lovely green.", 5),
    ("In the picture the colour looked green, but what came was nearly grey.", 2),
    ("Delivery took two days and the parcel was neat and tidy.", 5),
    ("The seams came apart after the second wash and nobody answered my mail.", 1),
    ("After ten washes it still looks like new, no fading and no pilling.", 5),
    ("The buttons are cheap plastic and one fell off on the first day.", 2),
    ("My daughter has borrowed it so often that I had to buy a second one.", 5),
    ("Great with jeans and just as good over a summer dress in the evening.", 5),
    ("The neckline is lower than I like, so I wear a top underneath.", 3),
    ("Pockets! Deep enough for a phone and keys, that is all I ever ask for.", 5),
    ("The fabric drapes beautifully and does not crease in a suitcase.", 4),
    ("I am tall and the sleeves are long enough for once, which never happens.", 5),
    ("It arrived with a hole under the arm, but they replaced it at once.", 4),
    ("Pricey, yes, yet I have worn it more than anything else this year.", 4),
    ("Looks like the expensive one from the boutique, at a third of the price.", 5),
    ("😍😍 Såå blød! Den varmer dejligt, og ærmerne er lange nok til mig.", 5),
)


def inputs(reviews: Sequence[tuple[str, int | None]] = REVIEWS, **values: Any) -> list[ItemInput]:
    return [item_input(text=text, rating=rating, **values) for text, rating in reviews]


def publish(shop_id: int, reviews: Sequence[tuple[str, int | None]] = REVIEWS, **values: Any) -> list[str]:
    """Published reviews with their passages (no vectors); returns public ids in order."""
    ids = make_published(shop_id, inputs(reviews, **values))
    index(shop_id)
    return ids


def index(shop_id: int, *, vectors: bool = False) -> None:
    list(reindex_shop(shop_id=shop_id))
    while vectors and embed_pending(shop_id=shop_id, seconds=60):
        pass


def answer_to(shop_id: int, text: str, **values: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The whole answer and its trace."""
    *_, last = ask(shop_id=shop_id, text=text, **values)
    return last["answer"], last["trace"]


def cited(answer: dict[str, Any]) -> list[str]:
    return [citation["review_id"] for claim in answer["claims"] for citation in claim["citations"]]


def quotes(answer: dict[str, Any]) -> list[str]:
    return [citation["quote"] for claim in answer["claims"] for citation in claim["citations"]]


@contextmanager
def embedder_at(place: Path) -> Iterator[None]:
    """An embedder with the bundled model, in a thread of this process."""
    server = EmbedderServer(path=place)
    server.bind()
    server.embed_with(QuestionVectors(LocalEmbeddings()))
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield
    finally:
        server.stop()
        thread.join()
