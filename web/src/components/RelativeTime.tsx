/** How long ago, or in how long; the moment itself, with the zone, on hover and focus. */
import { useState } from "react";
import Tooltip from "@mui/material/Tooltip";
import { useNow } from "./clock";
import { formatMoment, formatRelative } from "./format";
import styles from "./RelativeTime.module.css";

const MINUTE = 60_000;

/** `quiet` leaves the time out of the tab order: for table rows, whose keyboard is the table's. */
export function RelativeTime({ at, quiet = false }: { at: string; quiet?: boolean }) {
  const moment = Date.parse(at);
  const [young] = useState(() => Math.abs(Date.now() - moment) < MINUTE * 10);
  useNow(young ? 1000 : MINUTE);
  if (Number.isNaN(moment)) return <span className={styles.time}>–</span>;
  const absolute = formatMoment(moment);
  // The clock of the page says when to draw anew, its last tick may be a minute old.
  const relative = formatRelative(moment, Date.now());
  if (quiet) return <time className={styles.time} dateTime={at} title={absolute}>{relative}</time>;
  return (
    <Tooltip title={absolute}>
      <time className={styles.time} dateTime={at} tabIndex={0}>{relative}</time>
    </Tooltip>
  );
}
