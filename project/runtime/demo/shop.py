"""The pages of the demo's shop, "Linden & Loom": complete HTML without a script of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

NAME = "Linden & Loom"
CLASS_TITLES = {
    "Knits": "Knit tops",
    "Blouses": "Blouses",
    "Sweaters": "Sweaters",
    "Fine gauge": "Fine-gauge knits",
    "Jackets": "Jackets",
    "Outerwear": "Outerwear",
}
MARK = (
    '<path d="M12 3c4.6 2.8 7 6.2 7 10.2A7 7 0 0 1 12 20a7 7 0 0 1-7-6.8C5 9.2 7.4 5.8 12 3Z"/>'
    '<path d="M12 8v15M12 13l3.4-3M12 17l-3.6-3.2" fill="none" stroke-width="1.4"/>'
)
FAVICON = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><g fill="#2f5d50" stroke="#f7f3ec">{MARK}</g></svg>'
)

Product = Mapping[str, str]


@dataclass(frozen=True)
class Shop:
    """What a page needs: the embed's origin, products, and the ids of the demo's widgets (none at first)."""

    vouchsafe: str
    products: Sequence[Product]
    demo: Mapping[str, Any]

    def widget(self, name: str, *, product: Product | None = None) -> str:
        """The embed snippet of one widget; nothing where the demo has not been made yet."""
        widget_id = self.demo.get("widgets", {}).get(name)
        if not widget_id:
            return ""
        of_product = ""
        if product is not None:
            ids = {each["handle"]: each["id"] for each in self.demo.get("products", [])}
            if product["handle"] not in ids:
                return ""
            of_product = f' product="{escape(ids[product["handle"]])}"'
        # The type lets the script reserve the right place before it has read anything.
        kind = f' type="{"rating_summary" if name == "rating_summary" else "carousel"}"'
        return f'<vouchsafe-widget widget-id="{escape(widget_id)}"{kind}{of_product}></vouchsafe-widget>'

    def assistant(self, *, product: Product | None = None) -> str:
        """The chat button's snippet; on a product's page it answers about that product."""
        assistant_id = self.demo.get("assistant")
        if not assistant_id:
            return ""
        ids = {each["handle"]: each["id"] for each in self.demo.get("products", [])}
        about = ids.get(product["handle"]) if product else None
        of_product = f' product="{escape(about)}"' if about else ""
        return f'<vouchsafe-assistant assistant-id="{escape(assistant_id)}"{of_product}></vouchsafe-assistant>'


def _page(shop: Shop, *, title: str, description: str, body: str, product: Product | None = None) -> str:
    embed = f'<script async src="{escape(shop.vouchsafe)}/embed/v1/embed.js"></script>' if shop.demo else ""
    waiting = (
        "" if shop.demo else '<p class="waiting" role="status">The reviews are on their way. Reload in a minute.</p>'
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="{escape(description)}">
<title>{escape(title)}</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
{embed}
</head>
<body>
<a class="skip" href="#main">To the content</a>
<p class="ribbon">A demonstration shop: nothing here is for sale. The reviews are real.</p>
<header class="top"><div class="wrap">
<a class="brand" href="/"><svg viewBox="0 0 24 24" width="26" height="26" aria-hidden="true">{MARK}</svg>
<span>{escape(NAME)}</span></a>
<nav aria-label="Shop"><a href="/#garments">Garments</a><a href="/#reviews">Reviews</a></nav>
</div></header>
<main id="main">{waiting}{body}</main>
<footer class="bottom"><div class="wrap">
<p class="brand-line">{escape(NAME)}</p>
<p>An invented brand that shows Vouchsafe on a page of its own. Garments are drawings; names are made from the
class and the number in the data. The reviews are a public data set (CC0) and stand here as their authors
wrote them, with every rating. The source has no names and no dates, so none are shown.</p>
</div></footer>
{shop.assistant(product=product)}
</body>
</html>
"""


def _card(product: Product, *, eager: bool = False) -> str:
    loading = "eager" if eager else "lazy"
    return (
        f'<li><a class="card" href="/products/{escape(product["handle"])}">'
        f'<img src="/pictures/{escape(product["picture"])}" alt="" width="600" height="750"'
        f' loading="{loading}">'
        f'<span class="card-name">{escape(product["name"])}</span>'
        f'<span class="card-class">{escape(CLASS_TITLES[product["category"]])}</span></a></li>'
    )


def home_page(shop: Shop) -> str:
    """All garments, and what customers say of the whole shop."""
    cards = "".join(_card(product, eager=index < 4) for index, product in enumerate(shop.products))
    by_class = {product["category"]: product for product in reversed(shop.products)}
    pictures = "".join(
        f'<img src="/pictures/{escape(by_class[name]["picture"])}" alt="" width="600" height="750">'
        for name in ("Jackets", "Knits", "Fine gauge")
    )
    carousel, selection = shop.widget("carousel"), shop.widget("selection")
    reviews = (
        f"""<section class="band tinted" id="reviews" aria-label="Reviews"><div class="wrap">
<div class="reviews"><div class="summary">{shop.widget("rating_summary")}</div>
<div class="voices">{carousel}</div></div></div></section>"""
        if carousel
        else ""
    )
    chosen = f'<section class="band tinted"><div class="wrap">{selection}</div></section>' if selection else ""
    body = f"""
<section class="hero"><div class="wrap">
<div class="hero-words"><p class="eyebrow">Knits, blouses, coats</p>
<h1>Clothes that people<br>have lived in.</h1>
<p class="lead">Sixteen garments, and everything their owners had to say: what fits, what itches,
what they would buy again.</p>
<p><a class="button" href="#garments">See the garments</a>
<a class="quiet" href="#reviews">Read the reviews</a></p></div>
<div class="hero-pictures" aria-hidden="true">{pictures}</div>
</div></section>
{reviews}
<section class="wrap" id="garments"><h2>Garments</h2><ul class="grid">{cards}</ul></section>
{chosen}"""
    return _page(shop, title=f"{NAME}: knits, blouses, coats", description="A demonstration shop.", body=body)


def product_page(shop: Shop, product: Product) -> str:
    """One garment with its rating and its reviews."""
    title = CLASS_TITLES[product["category"]]
    others = [each for each in shop.products if each["handle"] != product["handle"]]
    near = sorted(others, key=lambda each: each["category"] != product["category"])[:4]
    cards = "".join(_card(each) for each in near)
    carousel = shop.widget("carousel", product=product)
    reviews, summary = "", ""
    if carousel:
        reviews = f"""<section class="band tinted" id="reviews" aria-label="Reviews"><div class="wrap">
{carousel}</div></section>"""
        summary = f"""<p><a class="button" href="#reviews">Read what they say</a></p>
<div class="summary">{shop.widget("rating_summary", product=product)}</div>"""
    body = f"""
<div class="wrap">
<nav class="crumbs" aria-label="You are here"><a href="/">{escape(NAME)}</a><span aria-hidden="true">/</span>
<a href="/#garments">{escape(title)}</a></nav>
<article class="product">
<img class="picture" src="/pictures/{escape(product["picture"])}" alt="Drawing of a garment of the class
 {escape(title.lower())}" width="600" height="750">
<div class="facts"><p class="eyebrow">{escape(title)}</p><h1>{escape(product["name"])}</h1>
<p class="lead">Item {escape(product["reference"])} of the data set. What it is like, its owners say better
than a description could.</p>
{summary}</div>
</article></div>
{reviews}
<section class="wrap"><h2>More like this</h2><ul class="grid four">{cards}</ul></section>"""
    return _page(
        shop,
        title=f"{product['name']}: {NAME}",
        description=f"{product['name']}, with the reviews of its owners.",
        body=body,
        product=product,
    )


def missing_page(shop: Shop) -> str:
    """What an unknown address shows."""
    body = """<section class="wrap missing"><h1>There is no such page.</h1>
<p><a class="button" href="/">To the garments</a></p></section>"""
    return _page(shop, title=f"Not found: {NAME}", description="No such page.", body=body)
