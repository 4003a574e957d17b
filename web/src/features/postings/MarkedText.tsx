/** A text with what matched made visible. */
import type { Marked } from "../../api/types";
import { shown } from "../../components/shown";
import { partsOf } from "./marks";

const LONGEST = 600;

export function MarkedText({ marked }: { marked: Marked }) {
  const cut = marked.text.length > LONGEST ? { text: marked.text.slice(0, LONGEST), marks: marked.marks } : marked;
  return <>{partsOf(cut).map((part, index) => (part.isMark ? <mark key={index}>{shown(part.text)}</mark> : <span key={index}>{shown(part.text.replaceAll(/\s+/g, " "))}</span>))}</>;
}
