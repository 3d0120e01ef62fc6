"""Dutch."""

from project.rights.wordings.contracts import Phrases, wordings_of

PHRASES = Phrases(
    media={"picture": "je foto", "post": "je bericht", "review": "je review"},
    channels={
        "site": "website",
        "product_page": "productpagina’s",
        "email": "e-mails aan klanten",
        "organic_social": "eigen berichten op sociale media",
        "paid_ads": "betaalde advertenties",
        "print": "drukwerk",
        "in_store": "in de winkel",
        "retailer_syndication": "pagina’s van verkopers",
        "ai_assistant": "AI-assistent (woordelijk)",
    },
    nobody="daar",
    until="tot {date}",
    until_withdrawn="tot je het intrekt",
)

WORDINGS = wordings_of(
    "nl",
    {
        ("email", False): (
            (
                "Mag {brand} {media} tonen?",
                "Hallo {handle},\n\n"
                "we willen {media} graag laten zien, met je naam erbij: {channels}, {until}.\n\n"
                "Er wordt niets getoond tenzij je ja zegt. Hier zie je precies waar het om gaat, kies je waar het mag "
                "staan, of zeg je nee:\n{link}\n\n"
                "Je kunt je toestemming op elk moment intrekken via dezelfde link; niemand vraagt waarom. Antwoord je "
                "liever niet, dan hoef je niets te doen.\n\n"
                "De voorwaarden: {terms_url}\n"
                "Wat we van je weten, waarvandaan, en je rechten: {privacy_url}\n\n"
                "Met vriendelijke groet\n{brand}\n",
            ),
            (
                "Een vraag over {media}",
                "Beste {handle},\n\n"
                "zou {brand} {media} mogen tonen? Het komt hier te staan: {channels}, {until}. Het blijft van jou en "
                "je woorden blijven zoals je ze schreef.\n\n"
                "Deze pagina laat alles zien en neemt je ja of nee aan:\n{link}\n\n"
                "Een ja kun je intrekken wanneer je wilt, op dezelfde pagina en met één klik.\n\n"
                "Voorwaarden: {terms_url}\n"
                "Hoe we met je gegevens omgaan: {privacy_url}\n\n"
                "Bedankt voor het lezen\n{brand}\n",
            ),
            (
                "{brand} vraagt je toestemming",
                "Hallo {handle},\n\n"
                "{brand} wil {media} graag aan klanten laten zien: {channels}, {until}. We vragen het eerst, want het "
                "is van jou.\n\n"
                "Bekijk het, kies en antwoord hier:\n{link}\n\n"
                "Beide antwoorden zijn goed. Een ja kun je later via dezelfde link intrekken.\n\n"
                "Onder deze voorwaarden: {terms_url}\n"
                "Privacyverklaring, met waar we {media} vonden: {privacy_url}\n\n"
                "Vriendelijke groet\n{brand}\n",
            ),
        ),
        ("email", True): (
            (
                "Nog één keer over {media}",
                "Hallo {handle},\n\n"
                "een paar dagen geleden vroegen we of {brand} {media} mag tonen: {channels}, {until}. Wil je dat wel, "
                "of liever niet, dan kun je dat hier zeggen:\n{link}\n\n"
                "Dit is onze enige herinnering. Zonder antwoord wordt niets getoond. Een ja kun je op elk moment "
                "intrekken via dezelfde link.\n\n"
                "Voorwaarden: {terms_url}\nJe gegevens: {privacy_url}\n\n{brand}\n",
            ),
            (
                "Je antwoord over {media}",
                "Beste {handle},\n\n"
                "voor het geval onze vraag is zoekgeraakt: mag {brand} {media} tonen ({channels}, {until})? Ja en nee "
                "zijn hier allebei één klik:\n{link}\n\n"
                "We vragen het niet nog eens, en stilte betekent nee. Een ja kun je intrekken wanneer je wilt.\n\n"
                "Voorwaarden: {terms_url}\nJe gegevens: {privacy_url}\n\n{brand}\n",
            ),
        ),
        ("direct", False): (
            (
                "",
                "Hoi {handle}, mag {brand} {media} tonen ({channels}), {until}? Bekijk het, kies en antwoord hier: "
                "{link} Intrekken kan daar altijd. Voorwaarden: {terms_url} Je gegevens: {privacy_url}",
            ),
            (
                "",
                "Hallo {handle}! {brand} wil {media} graag laten zien: {channels}, {until}. Ja of nee, allebei op deze "
                "pagina: {link} Een ja kun je daar intrekken. Voorwaarden: {terms_url} Privacy: {privacy_url}",
            ),
            (
                "",
                "Hoi {handle}, wij van {brand} vragen het eerst: is het goed als we {media} hier tonen: {channels}, "
                "{until}? {link} is je pagina daarvoor, ook als je je later bedenkt. Voorwaarden: {terms_url} "
                "Privacyverklaring: {privacy_url}",
            ),
        ),
        ("direct", True): (
            (
                "",
                "Hoi {handle}, een korte herinnering, de enige: mag {brand} {media} tonen ({channels}, {until})? "
                "{link} Zonder antwoord tonen we niets, en een ja kun je intrekken. Voorwaarden: {terms_url} Je "
                "gegevens: {privacy_url}",
            ),
            (
                "",
                "Hallo {handle}, voor het geval het is zoekgeraakt: {brand} vroeg of we {media} mogen tonen "
                "({channels}, {until}). Je pagina: {link} Daar kun je een ja ook intrekken. We vragen het niet nog "
                "eens. Voorwaarden: {terms_url} Privacy: {privacy_url}",
            ),
        ),
        ("public", False): (
            (
                "",
                "Hoi {handle}, mag {brand} {media} tonen ({channels}), {until}? Antwoord {hashtag} als je akkoord "
                "gaat. Voorwaarden: {terms_url} Je gegevens: {privacy_url} Intrekken kan altijd met #no.",
            ),
            (
                "",
                "{handle} {brand} wil {media} graag laten zien, met je naam: {channels}, {until}. Ga je akkoord met "
                "{terms_url} antwoord dan {hashtag}. Bedenk je je later, antwoord #no. Privacy: {privacy_url}",
            ),
            (
                "",
                "Hallo {handle}! We vragen het eerst: is het goed als {brand} {media} hier toont: {channels}, {until}? "
                "{hashtag} als antwoord betekent ja op {terms_url} en met #no trek je het in (intrekken kan altijd). "
                "Over je gegevens: {privacy_url}",
            ),
        ),
        ("public", True): (
            (
                "",
                "Hoi {handle}, een korte herinnering, de enige: mag {brand} {media} tonen ({channels}, {until})? "
                "{hashtag} betekent ja op {terms_url} en intrekken kan met #no. Geen antwoord betekent nee. Je "
                "gegevens: {privacy_url}",
            ),
            (
                "",
                "{handle} Voor het geval het is zoekgeraakt: {brand} vroeg of we {media} mogen tonen ({channels}, "
                "{until}). Antwoord {hashtag} als je akkoord gaat met {terms_url} en #no om het in te trekken. We "
                "vragen het niet nog eens. Privacy: {privacy_url}",
            ),
        ),
    },
)
