import { button } from "../core/button.js";

/** Quotes shown at once under a claim; the others unfold. */
const QUOTES_FIRST = 2;

/**
 * Renders answers. All of it is text; links lead to the assistant's own host, to a review and to its report, and to where the
 * words were first said.
 *
 * @param {Labels} labels
 * @param {string} base
 * @param {string} locale
 * @param {import("../core/tools.js").Tools} tools
 */
export function answers(labels, base, locale, tools) {
  const { fill, html, link, rated, svg } = tools;
  const number = new Intl.NumberFormat(locale);
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });

  /** @param {Citation} citation */
  function quote({ review_id, url, quote: text, language, credit, rating, disclosure, source }) {
    // A review that has no page of its own is quoted without a link.
    const own = url && URL.canParse(url, base) && new URL(url, base).origin === new URL(base).origin;
    return html(
      "blockquote.evidence",
      {},
      html("p", { lang: language || null, dir: "auto" }, own ? link(new URL(url, base).href, text, "noopener") : text),
      html("footer.meta", {},
        rating && rated(rating, labels),
        html("bdi", {}, credit),
        disclosure && html("span", {}, disclosure),
        source && html("span.source", {}, link(source.url, source.name)),
        link(`${base}n/${review_id}`, labels.report, undefined, `${labels.report}: ${credit}`),
      ),
    );
  }

  /** @param {Support} support */
  function support({ positive, negative, mixed, total }) {
    // Where all are of one kind, the sentence has said it.
    if (Math.max(positive, mixed, negative) === total) return false;
    const share = (/** @type {number} */ count) => (100 * count) / total;
    const segments = [["positive", positive], ["mixed", mixed], ["negative", negative]];
    let x = 0;
    const bar = svg("svg.bar", { "aria-hidden": "true" });
    for (const [name, count] of /** @type {[string, number][]} */ (segments)) {
      bar.append(svg("rect", { class: name, x: `${x}%`, width: `${share(count)}%`, height: "100%" }));
      x += share(count);
    }
    const counts = { positive: number.format(positive), negative: number.format(negative), mixed: number.format(mixed), total: number.format(total) };
    return html("div.support", {}, bar, html("p", {}, fill(labels.support ?? "", counts)));
  }

  /** @param {Claim} claim */
  function claim(claim) {
    const quotes = claim.citations.map(quote);
    const rest = quotes.slice(QUOTES_FIRST);
    return html("div.claim", {},
      html("p", { dir: "auto" }, claim.text),
      support(claim.support),
      ...quotes.slice(0, QUOTES_FIRST),
      rest.length > 0 && html("details", {}, html("summary", {}, fill(labels.more_quotes ?? "", { n: rest.length })), ...rest),
    );
  }

  /**
   * @param {Partial<Coverage>} coverage
   * @param {string} [label] how the answer was made
   */
  function coverage({ considered, total, from, to }, label) {
    const line = fill(labels.coverage ?? "", { considered: number.format(considered ?? 0), total: number.format(total ?? 0) });
    const period = from && to ? fill(labels.period ?? "", { from: day.format(new Date(from)), to: day.format(new Date(to)) }) : "";
    return html("p.coverage", {}, [line, period, label].filter(Boolean).join(" · "));
  }

  /**
   * @param {Said} answer
   * @param {(citation: Citation) => boolean} stands whether a quote may still be shown
   * @param {() => void} again asks the same question anew
   * @returns {import("../core/dom.js").Child[]}
   */
  function whole(answer, stands, again) {
    const { abstained, ai_generated, message, label } = answer;
    let lost = false;
    const claims = answer.claims.map((said) => {
      const citations = said.citations.filter(stands);
      if (citations.length === said.citations.length) return claim(said);
      lost = true;
      // What a model wrote retells its reviews and does not outlive any of them; counts do, with a word about it.
      return ai_generated === false && citations.length > 0 && claim({ ...said, citations });
    });
    return [
      ...claims,
      lost && html("p.coverage", {}, labels.changed),
      lost && html("div.suggestions", {}, button(tools, "suggestion", again, labels.ask_again)),
      abstained && html("p", {}, message || labels.abstained),
      answer.coverage && coverage(answer.coverage, abstained ? "" : label),
    ];
  }

  return { claim, coverage, whole };
}
