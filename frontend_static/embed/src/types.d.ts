// The wire contracts of the feed, the live frames and the assistant, and what the build fills in.

declare module "*.css" {
  const text: string;
  export default text;
}

/** Hashes in the file names of the lazily loaded chunks (filled in by build.mjs). */
declare const CHUNKS: Record<string, string>;

/** Texts of the interface in the feed's language. A missing key falls back to English. */
type Labels = Partial<Record<string, string>>;

interface FeedItem {
  id: string;
  kind: string;
  title: string;
  text: string;
  /** Code-point offset where the card's excerpt ends; null: the whole text fits. */
  cut: number | null;
  language: string;
  rating: number | null;
  credit: string;
  credit_url: string;
  disclosure: string | null;
  verification: string | null;
  date: string | null;
  date_text: string | null;
  product: { id: string; name: string; url: string } | null;
  source: { name: string; url: string } | null;
  media: { src: string; width: number | null; height: number | null; alt: string }[];
  url: string;
}

interface Summary {
  total: number;
  rated: number;
  average: string | null;
  histogram: Record<string, number>;
  text: string;
}

interface Selection {
  shown: number;
  total: number;
  text: string;
  see_all: string;
  url: string;
}

interface Feed {
  version: number;
  locale: string;
  widget: {
    id: string;
    type: string;
    heading: string;
    theme: { scheme: string; accent: string; radius: number; density: string };
  };
  labels: Labels;
  summary: Summary;
  selection: Selection | null;
  items: FeedItem[];
  next: string | null;
  wall_url: string;
  live: string;
  events: string;
}

interface PatchFrame {
  type: "patch";
  from: number;
  to: number;
  remove?: string[];
  insert?: { after: string | null; item: FeedItem }[];
  set?: Partial<Pick<Feed, "summary" | "selection" | "next">>;
}

type LiveFrame =
  | { type: "hello"; v: number; lease: number; connection: string }
  | { type: "beat"; v: number; lease: number }
  | { type: "reload" }
  | { type: "refused"; code: string }
  | PatchFrame;

interface Support {
  positive: number;
  negative: number;
  mixed: number;
  total: number;
}

interface Claim {
  text: string;
  support: Support;
  citations: Citation[];
}

interface Citation {
  review_id: string;
  url: string;
  quote: string;
  start: number;
  end: number;
  /** Which edit of the review is quoted. */
  text_version: number;
  credit?: string;
  rating?: number | null;
  language?: string;
  disclosure?: string | null;
  source?: { name: string; url: string } | null;
}

interface Coverage {
  considered: number;
  total: number;
  from: string | null;
  to: string | null;
  average_rating: string | number | null;
  distribution: Record<string, number>;
}

interface Answer {
  claims: Claim[];
  coverage: Coverage | null;
  abstained: boolean;
  reason: string | null;
  /** The sentence for `reason`. */
  message?: string | null;
  /** How the answer was made, in words. */
  label?: string;
  ai_generated: boolean;
  model: string | null;
  generated_at: string;
  language: string;
  /** The publication number under which every quote was found to pass. */
  version: number;
}

/** An answer that may still be on its way. */
type Said = Partial<Answer> & Pick<Answer, "claims">;

interface AssistantConfig {
  assistant: { id: string; name: string };
  notice: string;
  labels: Labels;
  suggestions: string[];
}

type AssistantFrame =
  | { type: "claim"; claim: Claim; lease: number }
  | ({ type: "coverage"; coverage?: Coverage } & Partial<Coverage>)
  | { type: "done"; answer: Answer; lease: number }
  | { type: "error"; error: { code: string; message: string } };
