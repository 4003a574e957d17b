/** One line of output with its colors, and with what was searched for marked. */
import { memo } from "react";
import { parseAnsi } from "./ansi";
import { text } from "../texts";
import styles from "./LogView.module.css";
import { shown } from "./shown";

/** Longer lines cost more to lay out than anybody reads; the file has them whole. */
const LONGEST = 4000;

export const LogText = memo(function LogText({ line, needle }: { line: string; needle: string }) {
  const cut = line.length > LONGEST ? line.slice(0, LONGEST) : line;
  const { pieces } = parseAnsi(cut);
  return (
    <>
      {pieces.map((piece, index) => (
        <span key={index} className={piece.looks.map((look) => styles[look] ?? "").join(" ")}>
          <Marked value={shown(piece.text, LONGEST)} needle={needle} />
        </span>
      ))}
      {cut !== line && <span className={styles.more}> {text.log.cut(line.length - LONGEST)}</span>}
    </>
  );
});

function Marked({ value, needle }: { value: string; needle: string }) {
  if (needle === "") return value;
  const parts: React.ReactNode[] = [];
  const lower = value.toLowerCase();
  let at = 0;
  // Letters whose lower case is longer would shift the marks: such a text stays unmarked.
  let found = lower.length === value.length ? lower.indexOf(needle) : -1;
  while (found !== -1 && parts.length < 200) {
    parts.push(value.slice(at, found), <mark key={found} className={styles.mark}>{value.slice(found, found + needle.length)}</mark>);
    at = found + needle.length;
    found = lower.indexOf(needle, at);
  }
  return <>{parts}{value.slice(at)}</>;
}
