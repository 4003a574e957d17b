/** A posting's open fields as the page shows them. Sources differ: what is absent or of another shape is left out. */
import { fieldOf, numberIn, textIn, textsIn } from "../../components/read";
import { text } from "../../texts";

const words = text.postings;

/** The word for a value such as `full_time`. */
export function wordOfValue(value: string): string {
  const known: Readonly<Record<string, string | undefined>> = words.values;
  return known[value] ?? value;
}

const regions = new Intl.DisplayNames(["en"], { type: "region", fallback: "code" });
const languages = new Intl.DisplayNames(["en"], { type: "language", fallback: "code" });

export const countryOf = (code: string): string => (/^[A-Z]{2}$/.test(code) ? (regions.of(code) ?? code) : code);
export const languageOf = (code: string): string => (/^[a-z]{2,3}$/.test(code) ? (languages.of(code) ?? code) : code);

const days = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });

export function dayOf(moment: string | undefined): string | undefined {
  const at = moment === undefined ? NaN : Date.parse(moment);
  return Number.isNaN(at) ? undefined : days.format(at);
}

/** "SEK 37,000 to 42,550 a month". Money comes in minor units. */
export function salaryOf(posting: unknown): string | undefined {
  const salary = fieldOf(posting, "salary");
  const own = textIn(posting, "salary_text");
  const currency = textIn(salary, "currency");
  const bounds = [numberIn(salary, "minimum"), numberIn(salary, "maximum")].filter((bound) => bound !== undefined);
  if (currency === undefined || bounds.length === 0 || !/^[A-Z]{3}$/.test(currency)) return own;
  const amounts = [...new Set(bounds)].map((bound) => amountOf(bound, currency)).join(" to ");
  const periods: Readonly<Record<string, string | undefined>> = words.periods;
  const period = textIn(salary, "period") ?? "";
  return `${currency} ${amounts}${periods[period] === undefined ? "" : ` ${periods[period]}`}`;
}

function amountOf(minor: number, currency: string): string {
  const digits = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  const value = minor / 10 ** digits;
  return new Intl.NumberFormat("en", { maximumFractionDigits: Number.isInteger(value) ? 0 : digits }).format(value);
}

/** An address to open, if it is one of the web. Anything else, such as a script, is never a link. */
export function linkOf(posting: unknown): string | undefined {
  const url = textIn(posting, "url");
  if (url === undefined || !URL.canParse(url)) return undefined;
  return /^https?:$/.test(new URL(url).protocol) ? url : undefined;
}

export const placesOf = (posting: unknown): string | undefined => textsIn(posting, "locations").join("; ") || textIn(posting, "municipality") || textIn(posting, "region");

/** Text of many lines, as it is: no markup, and no line end that is shown as something odd. */
export const linesOf = (posting: unknown): string | undefined => textIn(posting, "description")?.replaceAll(/\r\n?/g, "\n");

/** Why a sighting was taken for the posting, in words. */
export function reasonsIn(because: readonly unknown[]): string[] {
  return [...new Set(because.flatMap(reasonsOf))];
}

function reasonsOf(link: unknown): string[] {
  const known: Readonly<Record<string, string | undefined>> = words.reasons;
  const within = fieldOf(fieldOf(link, "comparison"), "reasons") ?? fieldOf(link, "reasons");
  if (Array.isArray(within)) return within.flatMap(reasonsOf);
  if (typeof link === "string") return [known[link] ?? link.replaceAll("_", " ")];
  const title = numberIn(link, "similar_title");
  const alike = numberIn(link, "text");
  const apart = numberIn(link, "published_apart");
  return [
    ...(title === undefined ? [] : [words.similarTitle(Math.round(title * 100))]),
    ...(alike === undefined ? [] : [words.textAlike(Math.round(alike * 100))]),
    ...(apart === undefined ? [] : [words.publishedApart(apart)]),
  ];
}
