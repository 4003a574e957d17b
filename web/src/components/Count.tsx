/** A number that may change under the eye: it lights up for a moment and never moves what stands beside it. */
import { useEffect, useRef } from "react";
import styles from "./Count.module.css";
import { formatCount } from "./format";

export function Count({ value, label }: { value: number; label?: string }) {
  const element = useRef<HTMLSpanElement>(null);
  const before = useRef(value);
  useEffect(() => {
    const node = element.current;
    if (node === null || before.current === value) return;
    before.current = value;
    node.classList.remove(styles.changed ?? "");
    // Reading a measure makes the browser notice that the class was away, so that the animation starts anew.
    void node.offsetWidth;
    node.classList.add(styles.changed ?? "");
  }, [value]);
  return (
    <span ref={element} className={styles.count} aria-label={label}>
      {formatCount(value)}
    </span>
  );
}
