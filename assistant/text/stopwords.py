"""Words that carry no subject: function words, and the words questions about reviews are dressed in.

Written as normalised words (folded case, no apostrophes). A question left without content words has no subject
and is not answered, so words such as "good" stay content words: they only weigh little.
"""

from __future__ import annotations


def word_set(words: str) -> frozenset[str]:
    """Return the words of a text as a set: lists of words are easier to read and to mend as running text."""
    return frozenset(words.split())


FUNCTION_WORDS: dict[str, frozenset[str]] = {
    "en": word_set(
        """a about above after again against all also am an and any anyone anything are arent around as at be because
        been before being below between both but by can cant cannot could couldnt did didnt do does doesnt doing
        dont down during each either else enough ever every few for from further get gets getting give go goes going
        got had hadnt has hasnt have havent having he her here hers him his how i id if ill im in into is isnt it
        itd itll its ive just know less let like lot made make makes many may maybe me might more most much must my
        neither no nor not of off often on once one only or other our ours out over own per perhaps please quite
        rather really same seem seems shall she should shouldnt since so some someone something soon still such
        than that thats the their theirs them then there theres these they theyre thing things this those though
        through to too under until up upon us use used using very want was wasnt way we well were werent what whats
        when where whether which while who whom whose why will with within without wont would wouldnt yes yet you
        youd youll your youre yours"""
    ),
    "da": word_set(
        """af alle alt altså anden andet andre at bare begge blev blive bliver bort burde bør da de dem den denne
        der deres det dette dig din dine disse dit dog du efter egen eget egne eller ellers en end endnu er et
        findes flere for fordi fra få får før først gennem gjorde gør gøre ham han har havde have hende hendes her
        hos hun hvad hvem hver hverken hvilke hvilken hvilket hvis hvor hvordan hvorfor hvornår i igen ikke ind
        ingen intet ja jeg jer jeres jo kan kom komme kommer kun kunne køb lad langt lidt lige ligger man mange med
        meget mellem men mens mere mest mig min mindre mine mit mod må måske ned nej nogen noget nogle nok nu når
        næsten og også om op os over overfor på rigtig samme sammen se selv set siden sig sin sine sit skal skulle
        slet som sådan så tager tage temmelig til tit to uden ud under var ved vel vi vil ville vor vores være
        været"""
    ),
    "nl": word_set(
        """aan al alle alleen alles als altijd ander andere bij ben bent beter bijna bleef blijft boven daar dan dat
        de deze die dit doe doen doet door dus echt een eens eigen elk elke en er erg ergens even ga gaan gaat geen
        gewoon had hadden hebben hebt heeft hem hen het hier hij hoe hoeveel hun ieder iedereen iemand iets ik in is
        ja je jij jou jouw jullie kan kon kunnen kunt maar mag me meer mee meest men met mij mijn minder moet moeten
        na naar nee niemand niet niets nog nogal nou nu of om omdat onder ons onze ook op over overal pas per precies
        rond steeds te tegen ten ter terug toch toen tot tussen u uit uw van vanaf veel via voor vooral vrij waar
        waarom wanneer want waren was wat we wel welk welke werd wie wij wil willen word worden wordt zal ze zeer
        zelf zelfs zich zij zijn zo zoals zonder zou zouden"""
    ),
    "de": word_set(
        """aber alle allem allen aller alles als also am an ander andere anderen anderer anderes auch auf aus bei
        beim bin bis bist da dabei dadurch dafür damit dann daran darauf darum das dass dein deine dem den denn der
        des dessen die dies diese diesem diesen dieser dieses doch dort du durch eher ein eine einem einen einer
        eines einfach einige er es etwa etwas euch euer eure für gab gar geben gegen geht genau genug gibt habe
        haben hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in ins ist ja
        jede jedem jeden jeder jedes jemand jetzt kann kannst kein keine keinem keinen keiner können könnte man
        manche mehr mein meine meinem meinen meiner mich mir mit muss müssen nach nein nicht nichts noch nun nur ob
        oder ohne recht schon sehr sein seine seinem seinen seiner seit selbst sich sie sind so sogar soll sollte
        sollen sonst trotzdem um und uns unser unsere unter viel viele vom von vor wann war waren warum was weil
        welche welchem welchen welcher welches wenn wer werde werden wie wieder will wir wird wirklich wo wohl
        wollen wurde wurden würde würden zu zum zur zwar zwischen"""
    ),
}

QUESTION_WORDS: dict[str, frozenset[str]] = {
    "en": word_set(
        """ask asked answer buyer buyers comment comments complain complaint complaints consumer consumers customer
        customers describe experience experiences feedback feel feels find finds found hear heard item items mention
        mentioned mentions opinion opinions people person product products question rate rated rating ratings
        recommend review reviewer reviewers reviews said say saying says shopper shoppers talk tell tells think
        thinks thought thoughts users write wrote anybody everyone buy bought buying purchase purchased kind
        """
    ),
    "da": word_set(
        """anmeldelse anmeldelser anmeldelserne anmelder anmeldere anbefale anbefaler erfaring erfaringer fortælle
        fortæller folk kunde kunder kunderne køber købere købt mene mener mening meninger nævner omtale omtaler
        oplever oplevelse oplevelser produkt produkter produktet siger sige skriver skrive spørgsmål synes tænker
        varen vare varer vurdering vurderinger"""
    ),
    "nl": word_set(
        """aanbevelen ervaring ervaringen gebruikers gekocht klant klanten koper kopers kopen koop mening meningen
        mensen noemen product producten recensie recensies review reviews schrijven vertellen vinden vindt vind vraag
        vragen zeggen zegt beoordeling beoordelingen denken artikel"""
    ),
    "de": word_set(
        """artikel berichten bewertung bewertungen empfehlen empfehlung erfahrung erfahrungen erwähnen finden findet
        frage gekauft kaufen käufer kunde kunden kundinnen leute meinen meint meinung meinungen nutzer produkt
        produkte rezension rezensionen sagen sagt schreiben schreibt denken erzählen"""
    ),
}


def is_stop_word(word: str, language: str) -> bool:
    """Tell whether a normalised word of a question carries no subject in `language`."""
    return word in FUNCTION_WORDS.get(language, ()) or word in QUESTION_WORDS.get(language, ())
