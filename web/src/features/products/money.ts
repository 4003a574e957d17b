/** Decimal texts as people read them. They are never made numbers: a price has more digits than a number holds. */

/** "1234567.50" becomes "1,234,567.50". */
export function grouped(decimal: string): string {
  const [whole = "", part] = decimal.split(".");
  const spaced = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return part === undefined ? spaced : `${spaced}.${part}`;
}
