"""English."""

from project.rights.wordings.contracts import Phrases, wordings_of

PHRASES = Phrases(
    media={"picture": "your photo", "post": "your post", "review": "your review"},
    channels={
        "site": "website",
        "product_page": "product pages",
        "email": "e-mails to customers",
        "organic_social": "own social media posts",
        "paid_ads": "paid advertising",
        "print": "print",
        "in_store": "in the shop",
        "retailer_syndication": "retailers’ pages",
        "ai_assistant": "AI assistant (word for word)",
    },
    nobody="there",
    until="until {date}",
    until_withdrawn="until you take it back",
)

WORDINGS = wordings_of(
    "en",
    {
        ("email", False): (
            (
                "May {brand} show {media}?",
                "Hello {handle},\n\n"
                "we came across {media} and would like to show it, with your name beside it: {channels}, {until}.\n\n"
                "Nothing is shown unless you say yes. Here you see exactly what it is about, choose where it may "
                "stand, or decline:\n{link}\n\n"
                "You can withdraw your permission at any time by the same link; nobody asks why. If you would rather "
                "not answer, you need not do anything.\n\n"
                "The terms: {terms_url}\n"
                "What we know of you, from where, and your rights: {privacy_url}\n\n"
                "Kind regards\n{brand}\n",
            ),
            (
                "A question about {media}",
                "Dear {handle},\n\n"
                "would you let {brand} show {media}? It would stand here: {channels}, {until}. It stays yours and "
                "keeps your words as you wrote them.\n\n"
                "This page shows everything and takes your yes or no:\n{link}\n\n"
                "A yes can be withdrawn whenever you like, on the same page and with one click.\n\n"
                "Terms: {terms_url}\n"
                "How we treat your data: {privacy_url}\n\n"
                "Thank you for reading\n{brand}\n",
            ),
            (
                "{brand} asks for your permission",
                "Hello {handle},\n\n"
                "{brand} would like to show {media} to its customers: {channels}, {until}. We ask first, because it "
                "is yours.\n\n"
                "Look at it, choose, and answer here:\n{link}\n\n"
                "Both answers are fine. You can take a yes back later by the same link.\n\n"
                "On these terms: {terms_url}\n"
                "Privacy notice, with where we found {media}: {privacy_url}\n\n"
                "With kind regards\n{brand}\n",
            ),
        ),
        ("email", True): (
            (
                "Once more about {media}",
                "Hello {handle},\n\n"
                "a few days ago we asked whether {brand} may show {media}: {channels}, {until}. If you would like "
                "that, or would rather not, you can say so here:\n{link}\n\n"
                "This is our only reminder. Without an answer nothing is shown. A yes can be withdrawn at any time "
                "by the same link.\n\n"
                "Terms: {terms_url}\nYour data: {privacy_url}\n\n{brand}\n",
            ),
            (
                "Your answer about {media}",
                "Dear {handle},\n\n"
                "in case our question got lost: may {brand} show {media} ({channels}, {until})? Yes and no are both "
                "one click here:\n{link}\n\n"
                "We will not ask again, and silence means no. You can take a yes back whenever you like.\n\n"
                "Terms: {terms_url}\nYour data: {privacy_url}\n\n{brand}\n",
            ),
        ),
        ("direct", False): (
            (
                "",
                "Hi {handle}, may {brand} show {media} ({channels}), {until}? See it, choose and answer here: {link} "
                "You can withdraw there at any time. Terms: {terms_url} Your data: {privacy_url}",
            ),
            (
                "",
                "Hello {handle}! {brand} would like to show {media}: {channels}, {until}. Yes or no, both on this "
                "page: {link} A yes can be taken back there. Terms: {terms_url} Privacy: {privacy_url}",
            ),
            (
                "",
                "Hi {handle}, we at {brand} ask first: is it all right to show {media} here: {channels}, {until}? "
                "{link} is your page for it, also if you change your mind later. Terms: {terms_url} Privacy notice: "
                "{privacy_url}",
            ),
        ),
        ("direct", True): (
            (
                "",
                "Hi {handle}, a short reminder, the only one: may {brand} show {media} ({channels}, {until})? {link} "
                "Without an answer nothing is shown, and a yes can be withdrawn. Terms: {terms_url} Your data: "
                "{privacy_url}",
            ),
            (
                "",
                "Hello {handle}, in case it got lost: {brand} asked to show {media} ({channels}, {until}). Your page: "
                "{link} You can take a yes back there. We will not ask again. Terms: {terms_url} Privacy: "
                "{privacy_url}",
            ),
        ),
        ("public", False): (
            (
                "",
                "Hi {handle}, may {brand} show {media} ({channels}), {until}? If so, reply {hashtag}. Terms: "
                "{terms_url} Your data: {privacy_url} You can withdraw at any time by replying #no.",
            ),
            (
                "",
                "{handle} {brand} would like to show {media}, with your name: {channels}, {until}. To agree to "
                "{terms_url} answer {hashtag}. Changed your mind later? Reply #no. Privacy: {privacy_url}",
            ),
            (
                "",
                "Hello {handle}! We ask first: is it all right if {brand} shows {media} here: {channels}, {until}? "
                "{hashtag} as a reply means yes to {terms_url} and #no takes it back. About your data: {privacy_url}",
            ),
        ),
        ("public", True): (
            (
                "",
                "Hi {handle}, a short reminder, the only one: may {brand} show {media} ({channels}, {until})? "
                "{hashtag} means yes to {terms_url}, #no takes it back, no answer means no. Your data: {privacy_url}",
            ),
            (
                "",
                "{handle} In case it got lost: {brand} asked to show {media} ({channels}, {until}). Reply {hashtag} to "
                "agree to {terms_url}; you can withdraw by #no. We will not ask again. Privacy: {privacy_url}",
            ),
        ),
    },
)
