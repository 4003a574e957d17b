/** A list and what is open of it: side by side where there is room, else the one that was asked for. */
import type { ReactNode } from "react";
import IconButton from "@mui/material/IconButton";
import { text } from "../texts";
import { Icon } from "./Icon";
import styles from "./ListDetail.module.css";

interface Props {
  children: ReactNode;
  /** What is open, with its name and the way back to the list alone. */
  detail?: { label: string; heading: ReactNode; actions?: ReactNode; body: ReactNode; onClose: () => void } | undefined;
}

export function ListDetail({ children, detail }: Props) {
  return (
    <div className={styles.both} data-open={detail !== undefined || undefined}>
      <div className={styles.list}>{children}</div>
      {detail && (
        <aside className={styles.detail} aria-label={detail.label} tabIndex={-1}>
          <header className={styles.head}>
            <div className={styles.heading}>{detail.heading}</div>
            <IconButton onClick={detail.onClose} aria-label={text.common.close}><Icon name="close" /></IconButton>
          </header>
          {detail.actions && <div className={styles.actions}>{detail.actions}</div>}
          <div className={styles.body}>{detail.body}</div>
        </aside>
      )}
    </div>
  );
}
