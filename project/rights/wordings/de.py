"""German."""

from project.rights.wordings.contracts import Phrases, wordings_of

PHRASES = Phrases(
    media={"picture": "dein Foto", "post": "deinen Beitrag", "review": "deine Bewertung"},
    channels={
        "site": "Website",
        "product_page": "Produktseiten",
        "email": "E-Mails an Kunden",
        "organic_social": "eigene Beiträge in sozialen Medien",
        "paid_ads": "bezahlte Werbung",
        "print": "Druck",
        "in_store": "im Geschäft",
        "retailer_syndication": "Seiten von Händlern",
        "ai_assistant": "KI-Assistent (wörtlich)",
    },
    nobody="du",
    until="bis {date}",
    until_withdrawn="bis du es widerrufst",
)

WORDINGS = wordings_of(
    "de",
    {
        ("email", False): (
            (
                "Darf {brand} {media} zeigen?",
                "Hallo {handle},\n\n"
                "wir möchten {media} gern zeigen, mit deinem Namen: {channels}, {until}.\n\n"
                "Nichts wird gezeigt, solange du nicht Ja sagst. Hier siehst du genau, worum es geht, wählst, wo es "
                "stehen darf, oder lehnst ab:\n{link}\n\n"
                "Du kannst deine Erlaubnis jederzeit über denselben Link widerrufen; niemand fragt, warum. Wenn du "
                "lieber nicht antwortest, brauchst du nichts zu tun.\n\n"
                "Die Bedingungen: {terms_url}\n"
                "Was wir über dich wissen, woher, und deine Rechte: {privacy_url}\n\n"
                "Freundliche Grüße\n{brand}\n",
            ),
            (
                "Eine Frage: Dürfen wir {media} zeigen?",
                "Guten Tag {handle},\n\n"
                "würdest du {brand} erlauben, {media} zu zeigen? Und zwar hier: {channels}, {until}. Es bleibt deins, "
                "und deine Worte bleiben, wie du sie geschrieben hast.\n\n"
                "Diese Seite zeigt alles und nimmt dein Ja oder Nein entgegen:\n{link}\n\n"
                "Ein Ja kannst du widerrufen, wann du willst, auf derselben Seite und mit einem Klick.\n\n"
                "Bedingungen: {terms_url}\n"
                "Wie wir mit deinen Daten umgehen: {privacy_url}\n\n"
                "Danke fürs Lesen\n{brand}\n",
            ),
            (
                "{brand} bittet um deine Erlaubnis",
                "Hallo {handle},\n\n"
                "{brand} möchte {media} gern der Kundschaft zeigen: {channels}, {until}. Wir fragen vorher, denn es "
                "gehört dir.\n\n"
                "Ansehen, auswählen und antworten kannst du hier:\n{link}\n\n"
                "Beide Antworten sind in Ordnung. Ein Ja kannst du später über denselben Link zurücknehmen.\n\n"
                "Zu diesen Bedingungen: {terms_url}\n"
                "Datenschutzhinweise, auch dazu, wo wir es gefunden haben: {privacy_url}\n\n"
                "Mit freundlichen Grüßen\n{brand}\n",
            ),
        ),
        ("email", True): (
            (
                "Noch einmal: Darf {brand} {media} zeigen?",
                "Hallo {handle},\n\n"
                "vor einigen Tagen haben wir gefragt, ob {brand} {media} zeigen darf: {channels}, {until}. Ob du das "
                "möchtest oder lieber nicht, kannst du hier sagen:\n{link}\n\n"
                "Das ist unsere einzige Erinnerung. Ohne Antwort wird nichts gezeigt. Ein Ja kannst du jederzeit über "
                "denselben Link widerrufen.\n\n"
                "Bedingungen: {terms_url}\nDeine Daten: {privacy_url}\n\n{brand}\n",
            ),
            (
                "Deine Antwort an {brand}",
                "Hallo {handle},\n\n"
                "falls unsere Frage untergegangen ist: Darf {brand} {media} zeigen ({channels}, {until})? Ja und Nein "
                "sind hier je ein Klick:\n{link}\n\n"
                "Wir fragen nicht noch einmal, und Schweigen heißt Nein. Ein Ja kannst du zurücknehmen, wann du "
                "willst.\n\n"
                "Bedingungen: {terms_url}\nDeine Daten: {privacy_url}\n\n{brand}\n",
            ),
        ),
        ("direct", False): (
            (
                "",
                "Hallo {handle}, darf {brand} {media} zeigen ({channels}), {until}? Ansehen, auswählen und antworten "
                "kannst du hier: {link} Widerrufen geht dort jederzeit. Bedingungen: {terms_url} Deine Daten: "
                "{privacy_url}",
            ),
            (
                "",
                "Hi {handle}! {brand} möchte {media} gern zeigen: {channels}, {until}. Ja oder Nein, beides auf dieser "
                "Seite: {link} Ein Ja kannst du dort zurücknehmen. Bedingungen: {terms_url} Datenschutz: {privacy_url}",
            ),
            (
                "",
                "Hallo {handle}, wir von {brand} fragen vorher: Ist es in Ordnung, wenn wir {media} hier zeigen: "
                "{channels}, {until}? {link} ist deine Seite dafür, auch wenn du es dir später anders überlegst. "
                "Bedingungen: {terms_url} Datenschutz: {privacy_url}",
            ),
        ),
        ("direct", True): (
            (
                "",
                "Hallo {handle}, eine kurze Erinnerung, die einzige: Darf {brand} {media} zeigen ({channels}, "
                "{until})? {link} Ohne Antwort wird nichts gezeigt, und ein Ja kannst du widerrufen. Bedingungen: "
                "{terms_url} Deine Daten: {privacy_url}",
            ),
            (
                "",
                "Hi {handle}, falls es untergegangen ist: {brand} hat gefragt, ob wir {media} zeigen dürfen "
                "({channels}, {until}). Deine Seite: {link} Dort kannst du ein Ja auch zurücknehmen. Wir fragen nicht "
                "noch einmal. Bedingungen: {terms_url} Datenschutz: {privacy_url}",
            ),
        ),
        ("public", False): (
            (
                "",
                "Hallo {handle}, darf {brand} {media} zeigen ({channels}), {until}? Antworte {hashtag}, wenn ja. "
                "Bedingungen: {terms_url} Deine Daten: {privacy_url} Widerrufen kannst du jederzeit mit #no.",
            ),
            (
                "",
                "{handle} {brand} möchte {media} gern mit deinem Namen zeigen: {channels}, {until}. Mit {hashtag} "
                "stimmst du {terms_url} zu. Mit #no kannst du es später widerrufen. Datenschutz: {privacy_url}",
            ),
            (
                "",
                "Hi {handle}! Wir fragen vorher: Ist es in Ordnung, wenn {brand} {media} hier zeigt: {channels}, "
                "{until}? {hashtag} als Antwort heißt Ja zu {terms_url} und #no nimmt es zurück. Zu deinen Daten: "
                "{privacy_url}",
            ),
        ),
        ("public", True): (
            (
                "",
                "Hallo {handle}, eine kurze Erinnerung, die einzige: Darf {brand} {media} zeigen ({channels}, "
                "{until})? {hashtag} heißt Ja zu {terms_url}, #no nimmt es zurück, keine Antwort heißt Nein. Deine "
                "Daten: {privacy_url}",
            ),
            (
                "",
                "{handle} Falls es untergegangen ist: {brand} hat gefragt, ob wir {media} zeigen dürfen ({channels}, "
                "{until}). {hashtag} heißt Ja zu {terms_url} und widerrufen kannst du mit #no. Wir fragen nicht noch "
                "einmal. Datenschutz: {privacy_url}",
            ),
        ),
    },
)
