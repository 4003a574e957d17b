/** Names and values below each other. */
import type { ReactNode } from "react";
import styles from "./Facts.module.css";

/** Rows without a value are left out. */
export function Facts({ rows }: { rows: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className={styles.facts}>
      {rows.map(([name, value]) => value !== undefined && value !== null && value !== false && value !== "" && (
        <div key={name} className={styles.row}><dt>{name}</dt><dd className="foreign">{value}</dd></div>
      ))}
    </dl>
  );
}
