/** A command to copy. */
import { useState } from "react";
import IconButton from "@mui/material/IconButton";
import { text } from "../texts";
import styles from "./CommandLine.module.css";
import { Icon } from "./Icon";
import { copyText } from "./IdChip";

export function CommandLine({ command, label }: { command: string; label?: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await copyText(command);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <div className={styles.line}>
      <pre className={styles.command} tabIndex={0}>{command}</pre>
      <IconButton onClick={() => void copy()} aria-label={text.common.copyOf(label ?? text.common.command)}>
        <Icon name={copied ? "check" : "copy"} size={16} />
      </IconButton>
      <span className="unseen" role="status">{copied ? text.common.copied : ""}</span>
    </div>
  );
}
