/** Files made in the browser: a list as CSV or JSON, a log as text. */
export interface Exported<T> {
  label: string;
  value: (row: T) => string | number | null | undefined;
}

/**
 * RFC 4180 with a byte order mark, for spreadsheets. A cell that a spreadsheet would take for a formula gets an
 * apostrophe before it.
 */
export function toCsv<T>(columns: readonly Exported<T>[], rows: readonly T[]): string {
  const lines = [columns.map((column) => csvCell(column.label))];
  for (const row of rows) lines.push(columns.map((column) => csvCell(column.value(row))));
  return `\uFEFF${lines.map((line) => line.join(",")).join("\r\n")}\r\n`;
}

function csvCell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function download(name: string, type: string, content: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
