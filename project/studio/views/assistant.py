"""The assistant: try a question, see how far indexing is, copy it onto a page."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from assistant import selectors, services
from project.core.errors import InvalidInput
from project.shops import selectors as shops
from project.shops.rules import Action
from project.studio.access import Desk, is_partial, shop_page
from project.studio.frame import page, piece
from project.studio.widget_forms import product_choices

QUESTION_LENGTH = 500


@shop_page(methods=("GET", "POST"))
def assistant(request: HttpRequest, desk: Desk) -> HttpResponse:
    """A POST asks: questions belong in no address, history or log."""
    answer: dict[str, Any] | None = None
    problem = ""
    text = request.POST.get("question", "")
    product = request.POST.get("product", "")
    if request.method == "POST":
        try:
            answer = _ask(desk, text, product)
        except InvalidInput as error:
            problem = error.message
    asked = {"answer": answer, "problem": problem, "question": text, "product": product}
    status = 400 if problem else 200
    if is_partial(request):
        return piece(request, desk, "studio/assistant/answer.html", asked)
    return page(request, desk, "studio/assistant/index.html", "assistant", asked | _about(desk), status=status)


@shop_page()
def progress(request: HttpRequest, desk: Desk) -> HttpResponse:
    """How far indexing is, for the open page."""
    context = {"progress": selectors.indexing_progress(desk.shop.id)}
    return piece(request, desk, "studio/assistant/progress.html", context)


@shop_page(Action.MANAGE_WIDGETS, methods=("POST",))
def make_assistant(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Make the shop's assistant, if there is none yet."""
    services.ensure_assistant(shop_id=desk.shop.id, actor_id=desk.actor_id)
    context = {"answer": None, "problem": "", "question": "", "product": ""}
    return page(request, desk, "studio/assistant/index.html", "assistant", context | _about(desk))


def _ask(desk: Desk, text: str, product: str) -> dict[str, Any]:
    """The whole answer, as the public side gives it."""
    frames = services.ask(
        shop_id=desk.shop.id,
        text=text[: QUESTION_LENGTH + 1],
        product=product,
        locale=get_language() or desk.shop.locale,
        markets=desk.shop.markets,
    )
    done = [frame for frame in frames if frame["type"] == "done"]
    answer: dict[str, Any] = done[-1]["answer"]
    return answer


def _about(desk: Desk) -> dict[str, Any]:
    n = selectors.answerable_reviews(desk.shop.id, markets=desk.shop.markets)
    return {
        "assistants": selectors.assistants(),
        "progress": selectors.indexing_progress(desk.shop.id),
        "notice": selectors.notice(n, language=get_language() or desk.shop.locale),
        "suggestions": selectors.suggestions(desk.shop.id, language=get_language() or "en"),
        "products": product_choices(_("All products")),
        "model": settings.ASSISTANT_MODEL,
        "origins": shops.allowed_origins(),
        "public_url": settings.PUBLIC_URL,
        "answerable": n,
    }
