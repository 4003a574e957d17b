/** An id: its end in a fixed-width face, the whole of it copied with one press. */
import { useState } from "react";
import { text } from "../texts";
import { Icon } from "./Icon";
import styles from "./IdChip.module.css";
import { shown } from "./shown";

const SHORT = 8;

export function IdChip({ id, label }: { id: string; label: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await copyText(id);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  const short = id.length > SHORT + 4 ? `…${id.slice(-SHORT)}` : id;
  return (
    <button type="button" className={styles.chip} onClick={() => void copy()} title={shown(id)} aria-label={text.common.copyOf(label)}>
      <span className={styles.text}>{shown(short)}</span>
      <Icon name={copied ? "check" : "copy"} size={14} />
      <span className="unseen" role="status">{copied ? text.common.copied : ""}</span>
    </button>
  );
}

/** Copies a text. Outside a secure context browsers have only the old way. */
export async function copyText(value: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(value);
  const area = document.createElement("textarea");
  area.value = value;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
