/** How a page is laid out: a head with title, facts and actions, then its body; and list beside detail. */
import { useEffect, type ReactNode } from "react";
import { text } from "../texts";
import styles from "./Page.module.css";

interface PageProps {
  /** The name of the page, in its heading and in the browser's tab. */
  title: string;
  heading?: ReactNode;
  actions?: ReactNode;
  /** `fill` for pages whose body scrolls by itself, such as tables. */
  fill?: boolean;
  children: ReactNode;
}

export function Page({ title, heading, actions, fill = false, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · ${text.product}`;
  }, [title]);
  return (
    <div className={fill ? styles.fill : styles.page}>
      <header className={styles.head}>
        <div className={styles.heading}>{heading ?? <h1 className="cut">{title}</h1>}</div>
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </header>
      <div className={styles.body}>{children}</div>
    </div>
  );
}

/** A narrow part beside a wide one; one above the other where there is no room. */
export function Split({ side, children }: { side: ReactNode; children: ReactNode }) {
  return (
    <div className={styles.split}>
      <div className={styles.side}>{side}</div>
      <div className={styles.main}>{children}</div>
    </div>
  );
}

/** One titled block of a page that is read rather than scanned. */
export function Section({ title, what, children }: { title: string; what?: string; children: ReactNode }) {
  return (
    <section className={styles.section} aria-label={title}>
      <div>
        <h2>{title}</h2>
        {what !== undefined && <p className={styles.what}>{what}</p>}
      </div>
      <div className={styles.content}>{children}</div>
    </section>
  );
}
