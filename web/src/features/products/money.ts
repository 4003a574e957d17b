/** Decimal texts as people read them. They are never made numbers: a price has more digits than a number holds. */

import { shown } from "../../components/shown";

/** Longer than any price. */
const LONGEST = 40;

/** "1234567.50" becomes "1,234,567.50". */
export function grouped(decimal: string): string {
  const [whole = "", part] = shown(decimal, LONGEST).split(".");
  const spaced = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return part === undefined ? spaced : `${spaced}.${part}`;
}
