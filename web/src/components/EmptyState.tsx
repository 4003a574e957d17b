/** Nothing here yet: what this place is for and the next step, a command or a button. */
import type { ReactNode } from "react";
import { CommandLine } from "./CommandLine";
import styles from "./EmptyState.module.css";

interface Props {
  title: string;
  children: ReactNode;
  /** A command that fills the place. */
  command?: string;
  action?: ReactNode;
}

export function EmptyState({ title, children, command, action }: Props) {
  return (
    <div className={styles.empty}>
      <h2>{title}</h2>
      <p className={styles.what}>{children}</p>
      {command !== undefined && <CommandLine command={command} />}
      {action}
    </div>
  );
}
