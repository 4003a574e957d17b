/** Says that the server is away, and that it is back. */
import { useEffect, useRef } from "react";
import Button from "@mui/material/Button";
import { text } from "../../texts";
import { useHub, useLiveState } from "../live/LiveContext";
import { notify } from "../notices";
import styles from "./Frame.module.css";

export function LostBanner() {
  const hub = useHub();
  const lost = useLiveState() === "lost";
  const was = useRef(false);
  useEffect(() => {
    if (was.current && !lost) notify(text.frame.back);
    was.current = lost;
  }, [lost]);
  if (!lost) return null;
  return (
    <div className={styles.banner} role="alert" data-tone="failed">
      <span>{text.frame.lostBanner}</span>
      <Button variant="outlined" onClick={() => void hub.refresh()}>{text.frame.tryNow}</Button>
    </div>
  );
}
