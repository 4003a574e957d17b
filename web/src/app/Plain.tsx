/** The page of those who are not signed in: one card, nothing else. */
import { useEffect, type ReactNode } from "react";
import { text } from "../texts";
import styles from "./Plain.module.css";

export function Plain({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · ${text.product}`;
  }, [title]);
  return (
    <main className={styles.center}>
      <div className={styles.card}>
        <p className={styles.brand}><img src="/icon.svg" alt="" />{text.product}</p>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
