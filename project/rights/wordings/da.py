"""Danish."""

from project.rights.wordings.contracts import Phrases, wordings_of

PHRASES = Phrases(
    media={"picture": "dit billede", "post": "dit opslag", "review": "din anmeldelse"},
    channels={
        "site": "hjemmeside",
        "product_page": "produktsider",
        "email": "mails til kunder",
        "organic_social": "egne opslag på sociale medier",
        "paid_ads": "betalte annoncer",
        "print": "tryksager",
        "in_store": "i butikken",
        "retailer_syndication": "forhandleres sider",
        "ai_assistant": "AI-assistent (ordret)",
    },
    nobody="du",
    until="indtil {date}",
    until_withdrawn="indtil du trækker det tilbage",
)

WORDINGS = wordings_of(
    "da",
    {
        ("email", False): (
            (
                "Må {brand} vise {media}?",
                "Hej {handle}\n\n"
                "Vi vil gerne vise {media} med dit navn ved siden af: {channels}, {until}.\n\n"
                "Intet bliver vist, medmindre du siger ja. Her ser du præcis, hvad det drejer sig om, vælger hvor det "
                "må stå, eller siger nej:\n{link}\n\n"
                "Du kan når som helst trække din tilladelse tilbage via samme link, og ingen spørger hvorfor. Vil du "
                "helst ikke svare, behøver du ikke at gøre noget.\n\n"
                "Vilkårene: {terms_url}\n"
                "Hvad vi ved om dig, hvorfra, og dine rettigheder: {privacy_url}\n\n"
                "Venlig hilsen\n{brand}\n",
            ),
            (
                "Et spørgsmål om {media}",
                "Kære {handle}\n\n"
                "Vil du lade {brand} vise {media}? Det kommer til at stå her: {channels}, {until}. Det er stadig dit, "
                "og dine ord bliver stående, som du skrev dem.\n\n"
                "Denne side viser det hele og tager imod dit ja eller nej:\n{link}\n\n"
                "Et ja kan trækkes tilbage, når du vil, på samme side og med ét klik.\n\n"
                "Vilkår: {terms_url}\n"
                "Sådan behandler vi dine oplysninger: {privacy_url}\n\n"
                "Tak fordi du læste med\n{brand}\n",
            ),
            (
                "{brand} beder om din tilladelse",
                "Hej {handle}\n\n"
                "{brand} vil gerne vise {media} til sine kunder: {channels}, {until}. Vi spørger først, for det er "
                "dit.\n\n"
                "Se på det, vælg og svar her:\n{link}\n\n"
                "Begge svar er i orden. Du kan senere tage et ja tilbage via samme link.\n\n"
                "På disse vilkår: {terms_url}\n"
                "Privatlivspolitik, også om hvor vi fandt {media}: {privacy_url}\n\n"
                "Med venlig hilsen\n{brand}\n",
            ),
        ),
        ("email", True): (
            (
                "En gang til om {media}",
                "Hej {handle}\n\n"
                "For nogle dage siden spurgte vi, om {brand} må vise {media}: {channels}, {until}. Vil du gerne det, "
                "eller helst ikke, kan du sige det her:\n{link}\n\n"
                "Det her er vores eneste påmindelse. Uden svar bliver intet vist. Et ja kan når som helst trækkes "
                "tilbage via samme link.\n\n"
                "Vilkår: {terms_url}\nDine oplysninger: {privacy_url}\n\n{brand}\n",
            ),
            (
                "Dit svar om {media}",
                "Kære {handle}\n\n"
                "Hvis vores spørgsmål er blevet væk: må {brand} vise {media} ({channels}, {until})? Ja og nej er "
                "begge ét klik her:\n{link}\n\n"
                "Vi spørger ikke igen, og tavshed betyder nej. Du kan tage et ja tilbage, når du vil.\n\n"
                "Vilkår: {terms_url}\nDine oplysninger: {privacy_url}\n\n{brand}\n",
            ),
        ),
        ("direct", False): (
            (
                "",
                "Hej {handle}, må {brand} vise {media} ({channels}), {until}? Se det, vælg og svar her: {link} Du kan "
                "når som helst trække det tilbage samme sted. Vilkår: {terms_url} Dine oplysninger: {privacy_url}",
            ),
            (
                "",
                "Hej {handle}! {brand} vil gerne vise {media}: {channels}, {until}. Ja eller nej, begge dele på denne "
                "side: {link} Et ja kan tages tilbage dér. Vilkår: {terms_url} Privatliv: {privacy_url}",
            ),
            (
                "",
                "Hej {handle}, vi hos {brand} spørger først: er det i orden, at vi viser {media} her: {channels}, "
                "{until}? {link} er din side til det, også hvis du fortryder senere. Vilkår: {terms_url} "
                "Privatlivspolitik: {privacy_url}",
            ),
        ),
        ("direct", True): (
            (
                "",
                "Hej {handle}, en kort påmindelse, den eneste: må {brand} vise {media} ({channels}, {until})? {link} "
                "Uden svar bliver intet vist, og et ja kan trækkes tilbage. Vilkår: {terms_url} Dine oplysninger: "
                "{privacy_url}",
            ),
            (
                "",
                "Hej {handle}, hvis det er blevet væk: {brand} spurgte, om vi må vise {media} ({channels}, {until}). "
                "Din side: {link} Du kan tage et ja tilbage dér. Vi spørger ikke igen. Vilkår: {terms_url} Privatliv: "
                "{privacy_url}",
            ),
        ),
        ("public", False): (
            (
                "",
                "Hej {handle}, må {brand} vise {media} ({channels}), {until}? Svar {hashtag}, hvis du siger ja. "
                "Vilkår: {terms_url} Dine oplysninger: {privacy_url} Du kan altid trække det tilbage med #no.",
            ),
            (
                "",
                "{handle} {brand} vil gerne vise {media} med dit navn: {channels}, {until}. Svar {hashtag}, hvis du "
                "accepterer {terms_url} og svar #no, hvis du senere fortryder. Privatliv: {privacy_url}",
            ),
            (
                "",
                "Hej {handle}! Vi spørger først: er det i orden, at {brand} viser {media} her: {channels}, {until}? "
                "{hashtag} som svar betyder ja til {terms_url} og #no tager det tilbage. Om dine oplysninger: "
                "{privacy_url}",
            ),
        ),
        ("public", True): (
            (
                "",
                "Hej {handle}, en kort påmindelse, den eneste: må {brand} vise {media} ({channels}, {until})? "
                "{hashtag} betyder ja til {terms_url}, #no tager det tilbage, intet svar betyder nej. Dine "
                "oplysninger: {privacy_url}",
            ),
            (
                "",
                "{handle} Hvis det er blevet væk: {brand} spurgte, om vi må vise {media} ({channels}, {until}). Svar "
                "{hashtag} for at acceptere {terms_url}; du kan trække det tilbage med #no. Vi spørger ikke igen. "
                "Privatliv: {privacy_url}",
            ),
        ),
    },
)
