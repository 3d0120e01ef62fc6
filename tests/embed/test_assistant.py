"""The assistant's element: what it says before a question, while it answers, and when it cannot."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.embed.conftest import Shop
from tests.embed.peers import ASSISTANT, Host

NewShop = Callable[..., Shop]
UNAVAILABLE = "Reviews cannot be shown right now."
CHANGED = "A review quoted here is no longer shown. The numbers may have changed."
LOOK = 15_000
"""Milliseconds between two looks of an open panel at whether its quotes still stand."""


def frames(host: Host) -> list[dict[str, Any]]:
    """The example answer as the host streams it."""
    answer = host.assistant["answer"]
    claims = [{"type": "claim", "claim": claim} for claim in answer["claims"]]
    return [*claims, {"type": "coverage", "coverage": answer["coverage"]}, {"type": "done", "answer": answer}]


@pytest.fixture
def panel(new_shop: NewShop) -> Callable[..., Shop]:
    """A shop page with the assistant's panel open."""

    def open_panel(attributes: str = "", *, clocked: bool = False, **options: Any) -> Shop:
        shop = new_shop(**options)
        if clocked:
            shop.page.clock.install()
        shop.open(shop.snippet(attributes, element="assistant"))
        shop.page.locator(".launcher").click()
        return shop

    return open_panel


def ask(shop: Shop, question: str = "What do customers say about the fit?") -> None:
    """Type a question and send it."""
    shop.page.get_by_role("textbox").fill(question)
    shop.page.keyboard.press("Enter")


def test_the_notice_stands_before_the_first_word(panel: Callable[..., Shop], host: Host) -> None:
    shop = panel()
    expect(shop.page.get_by_role("dialog")).to_have_accessible_name("Ask our customers")
    expect(shop.page.locator(".notice")).to_have_text(host.assistant["config"]["notice"])
    expect(shop.page.get_by_role("textbox")).to_be_focused()
    assert host.questions == []


def test_the_panel_closes_with_escape_and_gives_focus_back(panel: Callable[..., Shop]) -> None:
    shop = panel()
    shop.page.keyboard.press("Escape")
    expect(shop.page.get_by_role("dialog")).to_be_hidden()
    expect(shop.page.locator(".launcher")).to_be_focused()


def test_a_question_goes_with_product_and_language(panel: Callable[..., Shop], host: Host) -> None:
    shop = panel('product="blouse" locale="da"')
    ask(shop, "  Passer den?  ")
    host.wait_for(lambda: host.questions)
    assert "product=blouse&locale=da" in host.queries
    assert host.questions == [{"question": "Passer den?", "product": "blouse", "locale": "da"}]
    expect(shop.page.locator(".question")).to_have_text("Passer den?")


def test_claims_come_one_by_one_with_their_counts(panel: Callable[..., Shop], host: Host) -> None:
    host.stream = frames(host)
    host.answer_gates = {1: threading.Event(), 3: threading.Event()}
    shop = panel()
    ask(shop)
    claims = shop.page.locator(".claim")
    expect(claims).to_have_count(1)
    expect(claims.locator(".support p")).to_have_text("161 positive · 20 mixed · 31 negative, of 212")
    host.answer_gates[1].set()
    expect(claims).to_have_count(2)
    expect(shop.page.locator(".coverage")).to_have_text(
        "Based on 212 of 2,431 published reviews · Oct 25, 2011 to Oct 25, 2012"
    )
    expect(shop.page.get_by_role("button", name="Send")).to_have_attribute("aria-disabled", "true")
    host.answer_gates[3].set()
    expect(shop.page.get_by_role("button", name="Send")).to_have_attribute("aria-disabled", "false")
    expect(claims).to_have_count(2)
    assert shop.errors == []


def test_an_answer_in_one_piece_does_too(panel: Callable[..., Shop], host: Host) -> None:
    shop = panel()
    shop.page.locator(".suggestion").first.click()
    expect(shop.page.locator(".claim")).to_have_count(2)


def test_quotes_stand_letter_by_letter_with_credit_and_open_their_review(
    panel: Callable[..., Shop], host: Host
) -> None:
    shop = panel()
    ask(shop)
    citation = host.assistant["answer"]["claims"][0]["citations"][1]
    evidence = shop.page.locator(".evidence").nth(1)
    expect(evidence.locator("p")).to_have_text(citation["quote"])
    expect(evidence.locator("bdi")).to_have_text("A customer, 41")
    expect(evidence).to_contain_text("Received the product for free")
    expect(evidence.get_by_role("img", name="Rated 5 out of 5")).to_be_visible()
    expect(evidence.locator("p").get_by_role("link")).to_have_attribute("target", "_blank")
    report = evidence.get_by_role("link", name="Report: A customer, 41", exact=True)
    expect(report).to_have_attribute("href", f"{host.origin}/n/{citation['review_id']}")
    shop.page.get_by_text("More quotes: 1").click()
    expect(shop.page.locator(".claim").first.locator(".evidence:visible")).to_have_count(3)


def test_a_link_leads_to_the_host_or_nowhere(panel: Callable[..., Shop], host: Host) -> None:
    citations = host.assistant["answer"]["claims"][0]["citations"]
    citations[0]["url"] = f"{host.origin}/w/wid_1/?item=rev_1"
    citations[1]["url"] = "https://evil.example/"
    citations[2]["url"] = "javascript:alert(1)"
    # What the wall may not show has no page.
    host.assistant["answer"]["claims"][1]["citations"][0]["url"] = ""
    shop = panel()
    ask(shop)
    expect(shop.page.locator(".evidence")).to_have_count(4)
    links = shop.page.locator(".evidence p a")
    expect(links).to_have_count(1)
    expect(links).to_have_attribute("href", citations[0]["url"])
    addresses = shop.page.locator(".evidence a").evaluate_all("(links) => links.map((link) => link.href)")
    assert addresses
    assert all(address.startswith(f"{host.origin}/") for address in addresses)


def test_a_quote_leads_to_its_original_and_no_further(panel: Callable[..., Shop], host: Host) -> None:
    citations = host.assistant["answer"]["claims"][0]["citations"]
    citations[0]["source"] = {"name": "Mastodon", "url": "https://mastodon.example/@ana/1"}
    citations[1]["source"] = {"name": "Elsewhere", "url": "javascript:window.pwned=1"}
    shop = panel()
    ask(shop)
    original = shop.page.locator(".evidence").nth(0).get_by_role("link", name="Mastodon")
    expect(original).to_have_attribute("href", "https://mastodon.example/@ana/1")
    expect(original).to_have_attribute("rel", "noopener nofollow ugc")
    expect(shop.page.locator(".evidence").nth(1)).to_contain_text("Elsewhere")
    expect(shop.page.get_by_role("link", name="Elsewhere")).to_have_count(0)


def test_no_evidence_is_said_plainly(panel: Callable[..., Shop], host: Host) -> None:
    host.assistant["answer"].update(claims=[], abstained=True, reason="no_evidence", message="Nobody wrote about that.")
    shop = panel()
    ask(shop)
    expect(shop.page.locator(".answer > p").first).to_have_text("Nobody wrote about that.")


def test_mark_up_in_an_answer_is_text(panel: Callable[..., Shop], host: Host) -> None:
    text = "<img src=x onerror='window.pwned = 1'> **bold** [link](https://evil.example)"
    host.assistant["answer"]["claims"][0]["text"] = text
    shop = panel()
    ask(shop, text)
    expect(shop.page.locator(".claim").first.locator("p").first).to_have_text(text)
    assert shop.page.evaluate("window.pwned") is None
    assert shop.page.locator("vouchsafe-assistant img").count() == 0


def test_a_failed_answer_is_told_and_the_next_question_may_be_asked(panel: Callable[..., Shop], host: Host) -> None:
    host.stream = [{"type": "error", "error": {"code": "rate_limited", "message": "Too many"}}]
    shop = panel()
    ask(shop)
    expect(shop.page.locator(".answer")).to_have_text("That did not work. Please try again.")
    host.stream = None
    ask(shop)
    expect(shop.page.locator(".claim")).to_have_count(2)


def test_an_answer_that_breaks_off_is_no_answer(panel: Callable[..., Shop], host: Host) -> None:
    host.stream = frames(host)[:1]
    shop = panel()
    ask(shop)
    expect(shop.page.locator(".answer")).to_have_text("That did not work. Please try again.")


def test_a_refused_origin_is_told_and_nothing_stands_on_the_page(new_shop: NewShop, host: Host) -> None:
    host.refuse_origins = True
    shop = new_shop()
    with shop.page.expect_console_message(lambda message: message.text.startswith("Vouchsafe:")) as told:
        shop.open(shop.snippet(element="assistant"))
    assert f"does not let {shop.site.origin} show assistant {ASSISTANT}" in told.value.text
    expect(shop.page.locator(".launcher")).to_have_count(0)


def told(shop: Shop) -> list[dict[str, Any]]:
    """Errors that the element has told the page, of those that `LISTEN` heard."""
    heard: list[dict[str, Any]] = shop.page.evaluate("told")
    return heard


LISTEN = "<script>window.told = []; document.addEventListener('vouchsafe:error', e => told.push(e.detail))</script>"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_host_that_is_busy_or_down_for_a_moment_is_asked_again(new_shop: NewShop, host: Host, status: int) -> None:
    host.config_status = status
    shop = new_shop()
    shop.open(shop.snippet(element="assistant"), head=LISTEN)
    host.wait_for(lambda: host.configs_read() >= 2)
    assert told(shop) == []
    host.config_status = 200
    expect(shop.page.locator(".launcher")).to_be_visible()
    assert told(shop) == []


def test_a_host_that_stays_away_is_told_of_as_that_and_tried_on(new_shop: NewShop, host: Host) -> None:
    shop = new_shop()
    shop.page.route("**/config.json?*", lambda route: route.abort())
    shop.open(shop.snippet(element="assistant"), head=LISTEN)
    shop.page.wait_for_function("told.length")
    assert [error["code"] for error in told(shop)] == ["unreachable"]
    assert f"assistant {ASSISTANT} cannot be read from {host.origin}" in told(shop)[0]["message"]
    shop.page.unroute("**/config.json?*")
    expect(shop.page.locator(".launcher")).to_be_visible()
    assert len(told(shop)) == 1


@pytest.mark.parametrize(("status", "code"), [(403, "origin_not_allowed"), (404, "not_found")])
def test_a_refusal_is_final_and_named_as_what_it_is(new_shop: NewShop, host: Host, status: int, code: str) -> None:
    host.config_status = status
    shop = new_shop()
    shop.page.clock.install()
    shop.open(shop.snippet(element="assistant"), head=LISTEN)
    shop.page.wait_for_function("told.length")
    shop.page.clock.fast_forward(120_000)
    assert [error["code"] for error in told(shop)] == [code]
    assert host.configs_read() == 1
    expect(shop.page.locator(".launcher")).to_have_count(0)


def test_an_element_that_has_left_asks_no_more(new_shop: NewShop, host: Host) -> None:
    host.config_status = 503
    shop = new_shop()
    shop.page.clock.install()
    shop.open(shop.snippet(element="assistant"), head=LISTEN)
    host.wait_for(lambda: host.configs_read() == 1)
    shop.page.evaluate("document.querySelector('vouchsafe-assistant').remove()")
    shop.page.clock.fast_forward(120_000)
    assert host.configs_read() == 1


def test_a_bar_stands_only_where_the_stars_differ(panel: Callable[..., Shop]) -> None:
    shop = panel()
    ask(shop)
    expect(shop.page.locator(".claim")).to_have_count(2)
    # 161, 20 and 31 in the first; in the second all 31 are of one kind, as its sentence says.
    expect(shop.page.locator(".claim").first.locator(".support .bar")).to_have_count(1)
    expect(shop.page.locator(".claim").last.locator(".support, .bar")).to_have_count(0)


def test_what_an_answer_rests_on_is_one_line(panel: Callable[..., Shop], host: Host) -> None:
    shop = panel()
    ask(shop)
    expect(shop.page.locator(".answer > .coverage")).to_have_text(
        "Based on 212 of 2,431 published reviews · Oct 25, 2011 to Oct 25, 2012 · " + host.assistant["answer"]["label"]
    )


def test_stars_stand_on_the_line_of_the_name(panel: Callable[..., Shop]) -> None:
    shop = panel()
    ask(shop)
    off = shop.page.locator(".evidence .meta").first.evaluate(
        "meta => { const mark = meta.querySelector('bdi').appendChild(document.createElement('span'));"
        " mark.style.display = 'inline-block';"
        " const drawn = meta.querySelector('path').getBoundingClientRect();"
        " return drawn.bottom - mark.getBoundingClientRect().bottom }"
    )
    assert abs(off) < 1


def test_an_answer_that_was_counted_stands_without_quotes(panel: Callable[..., Shop], host: Host) -> None:
    claim = host.assistant["answer"]["claims"][0]
    claim.update(text="4.1 out of 5 stars on average.", citations=[])
    host.assistant["answer"]["claims"] = [claim]
    host.stream = frames(host)
    shop = panel()
    ask(shop, "average rating?")
    expect(shop.page.get_by_role("button", name="Send")).to_have_attribute("aria-disabled", "false")
    expect(shop.page.locator(".claim > p").first).to_have_text("4.1 out of 5 stars on average.")
    expect(shop.page.locator(".claim .bar")).to_have_count(1)


def test_on_a_phone_the_panel_is_the_screen(panel: Callable[..., Shop]) -> None:
    shop = panel(viewport={"width": 360, "height": 640}, reduced_motion="reduce")
    box = shop.page.get_by_role("dialog").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 360, "height": 640}
    shop.page.keyboard.press("Escape")
    expect(shop.page.locator(".launcher")).to_be_focused()


def test_no_transform_or_layer_of_the_page_can_cover_the_button(new_shop: NewShop) -> None:
    shop = new_shop()
    cover = '<div style="position: fixed; inset: 0; z-index: 2147483647; background: white"></div>'
    shop.open(f'<div style="transform: scale(1); overflow: hidden">{shop.snippet(element="assistant")}</div>{cover}')
    launcher = shop.page.locator(".launcher")
    launcher.click()
    expect(shop.page.get_by_role("dialog")).to_be_visible()


def test_the_element_takes_everything_with_it(panel: Callable[..., Shop]) -> None:
    shop = panel()
    shop.page.evaluate("window.kept = document.querySelector('vouchsafe-assistant'); kept.remove()")
    shop.page.wait_for_function("kept.shadowRoot.childElementCount === 0")


# --- the lease of what is quoted ------------------------------------------------------------------


@pytest.fixture
def answered(panel: Callable[..., Shop]) -> Callable[..., Shop]:
    """A panel with an answer of two claims and four quotes, on a page whose clock the test holds."""

    def make(**options: Any) -> Shop:
        shop = panel(clocked=True, **options)
        ask(shop)
        expect(shop.page.get_by_role("button", name="Send")).to_have_attribute("aria-disabled", "false")
        expect(shop.page.locator(".evidence")).to_have_count(4)
        return shop

    return make


def citations(host: Host, claim: int = 0) -> list[dict[str, Any]]:
    """What a claim of the example quotes."""
    found: list[dict[str, Any]] = host.assistant["answer"]["claims"][claim]["citations"]
    return found


def look(shop: Shop, host: Host) -> dict[str, Any]:
    """Let the panel look once more; returns what it asked."""
    before = len(host.looks)
    shop.page.clock.fast_forward(LOOK)
    host.wait_for(lambda: len(host.looks) > before)
    return host.looks[-1]


def test_an_open_panel_asks_four_times_a_minute_whether_its_quotes_stand(
    answered: Callable[..., Shop], host: Host
) -> None:
    shop = answered()
    quoted = [f"{citation['review_id']}.1" for claim in (0, 1) for citation in citations(host, claim)]
    for _ in range(6):
        assert look(shop, host) == {"version": 7, "quotes": quoted}
        expect(shop.page.locator(".evidence")).to_have_count(4)
    assert shop.errors == []


def test_a_quote_that_is_withdrawn_leaves_an_open_panel(answered: Callable[..., Shop], host: Host) -> None:
    shop = answered()
    gone = citations(host)[1]
    host.withdraw(gone["review_id"])
    look(shop, host)
    expect(shop.page.locator(".evidence")).to_have_count(3)
    assert gone["quote"] not in shop.page.locator(".log").inner_text()
    # Its numbers stand with a word about it, and the question can be asked anew.
    expect(shop.page.get_by_text(CHANGED)).to_be_visible()
    expect(shop.page.locator(".claim")).to_have_count(2)
    shop.page.get_by_role("button", name="Ask again").click()
    host.wait_for(lambda: len(host.questions) == 2)
    assert host.questions[0] == host.questions[1]
    assert look(shop, host)["version"] == 8


def test_a_claim_does_not_outlive_its_only_quote(answered: Callable[..., Shop], host: Host) -> None:
    shop = answered()
    host.withdraw(citations(host, 1)[0]["review_id"])
    look(shop, host)
    expect(shop.page.locator(".claim")).to_have_count(1)
    expect(shop.page.get_by_text(CHANGED)).to_be_visible()


def test_what_a_model_made_of_a_withdrawn_review_goes_with_it(answered: Callable[..., Shop], host: Host) -> None:
    host.assistant["answer"]["ai_generated"] = True
    shop = answered()
    host.withdraw(citations(host)[1]["review_id"])
    look(shop, host)
    expect(shop.page.locator(".claim")).to_have_count(1)
    assert host.assistant["answer"]["claims"][0]["text"] not in shop.page.locator(".log").inner_text()


def test_another_wording_of_a_review_is_another_quote(answered: Callable[..., Shop], host: Host) -> None:
    citations(host)[0]["text_version"] = 2
    shop = answered()
    assert look(shop, host)["quotes"][0] == f"{citations(host)[0]['review_id']}.2"


def test_quotes_go_when_their_lease_cannot_be_renewed_and_come_back(answered: Callable[..., Shop], host: Host) -> None:
    shop = answered()
    answer = shop.page.locator(".answer")
    height = answer.evaluate("answer => answer.offsetHeight")
    shop.page.route("**/quotes", lambda route: route.abort())
    shop.page.clock.fast_forward(59_000)
    expect(shop.page.locator(".evidence")).to_have_count(4)
    shop.page.clock.fast_forward(2_000)
    expect(answer).to_have_text(UNAVAILABLE)
    expect(shop.page.locator(".evidence")).to_have_count(0)
    assert answer.evaluate("answer => answer.offsetHeight") == height > 200
    # What is withdrawn while nothing is heard does not come back.
    host.withdraw(citations(host)[0]["review_id"])
    shop.page.unroute("**/quotes")
    shop.page.clock.fast_forward(60_000)
    expect(shop.page.locator(".evidence")).to_have_count(3)
    expect(shop.page.get_by_text(CHANGED)).to_be_visible()


def test_a_host_that_refuses_renews_nothing(answered: Callable[..., Shop], host: Host) -> None:
    shop = answered()
    host.refuse_origins = True
    shop.page.clock.fast_forward(LOOK)
    shop.page.clock.fast_forward(46_000)
    expect(shop.page.locator(".answer")).to_have_text(UNAVAILABLE)


def test_a_host_that_cannot_vouch_renews_nothing(answered: Callable[..., Shop], host: Host) -> None:
    shop = answered()
    host.lease = 0
    look(shop, host)
    shop.page.clock.fast_forward(46_000)
    expect(shop.page.locator(".answer")).to_have_text(UNAVAILABLE)


def test_an_answer_without_a_lease_shows_no_quote(panel: Callable[..., Shop], host: Host) -> None:
    host.lease = 0
    shop = panel()
    ask(shop)
    expect(shop.page.locator(".answer")).to_have_text(UNAVAILABLE)
    expect(shop.page.locator(".evidence")).to_have_count(0)


def test_a_closed_panel_asks_nothing_and_looks_when_it_opens(answered: Callable[..., Shop], host: Host) -> None:
    shop = answered()
    shop.page.keyboard.press("Escape")
    shop.page.clock.fast_forward(2 * LOOK)
    assert host.looks == []
    host.withdraw(citations(host)[1]["review_id"])
    shop.page.locator(".launcher").click()
    expect(shop.page.locator(".evidence")).to_have_count(3)


def test_a_closed_panel_holds_nothing_beyond_its_lease(answered: Callable[..., Shop], host: Host) -> None:
    shop = answered()
    shop.page.keyboard.press("Escape")
    shop.page.clock.fast_forward(61_000)
    expect(shop.page.locator(".evidence")).to_have_count(0)
    shop.page.locator(".launcher").click()
    expect(shop.page.locator(".evidence")).to_have_count(4)


def test_claims_of_an_answer_that_never_ends_go_with_their_lease(panel: Callable[..., Shop], host: Host) -> None:
    host.stream = frames(host)
    host.answer_gates = {2: threading.Event()}
    shop = panel(clocked=True)
    ask(shop)
    expect(shop.page.locator(".evidence")).to_have_count(4)
    shop.page.route("**/quotes", lambda route: route.abort())
    shop.page.clock.fast_forward(61_000)
    expect(shop.page.locator(".evidence")).to_have_count(0)
    host.answer_gates[2].set()


def test_an_answer_that_quotes_nobody_needs_no_lease(panel: Callable[..., Shop], host: Host) -> None:
    host.assistant["answer"].update(claims=[], abstained=True, reason="no_evidence", message="Nobody wrote about that.")
    shop = panel(clocked=True)
    ask(shop)
    expect(shop.page.locator(".answer > p").first).to_have_text("Nobody wrote about that.")
    shop.page.clock.fast_forward(120_000)
    expect(shop.page.locator(".answer > p").first).to_have_text("Nobody wrote about that.")
    assert host.looks == []
