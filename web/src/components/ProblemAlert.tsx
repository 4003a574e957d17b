/** A failure: what happened, what to do about it, and what to quote when asking for help. */
import type { ReactNode } from "react";
import { asProblem } from "../api/problem";
import { text } from "../texts";
import { Icon } from "./Icon";
import { IdChip } from "./IdChip";
import styles from "./ProblemAlert.module.css";
import { shown } from "./shown";

function adviceOf(code: string, status: number): string | undefined {
  const advice: Readonly<Record<string, string>> = text.advice;
  if (code in advice) return advice[code];
  if (status >= 500) return text.adviceServer;
  return status === 403 ? text.adviceForbidden : undefined;
}

export function ProblemAlert({ error, action }: { error: unknown; action?: ReactNode }) {
  const problem = asProblem(error);
  const advice = adviceOf(problem.code, problem.status);
  return (
    <div role="alert" className={styles.alert}>
      <Icon name="warning" />
      <div className={styles.body}>
        <p className={`${styles.detail} foreign`}>{shown(sentence(problem.detail), 1000)}</p>
        {(problem.violations ?? []).length > 0 && (
          <ul className={styles.violations}>
            {(problem.violations ?? []).slice(0, 20).map((violation, index) => (
              <li key={index} className="foreign">
                <code>{shown(violation.field, 200)}</code> {shown(violation.message, 300)}
              </li>
            ))}
          </ul>
        )}
        {advice !== undefined && <p className={styles.advice}>{advice}</p>}
        <p className={styles.small}>
          <code>{shown(problem.code, 60)}</code>
          {problem.correlation_id && <IdChip id={problem.correlation_id} label={text.common.correlationId} />}
          {action}
        </p>
      </div>
    </div>
  );
}

/** The server's details begin small and end without a stop, to be joined; alone they are a sentence. */
function sentence(detail: string): string {
  const first = detail.charAt(0).toUpperCase() + detail.slice(1);
  return /[.?]$/.test(first) ? first : `${first}.`;
}
