/** What took when, as bars over one span of time: attempts of a task, tasks of a run. */
import { text } from "../texts";
import { formatDuration, formatMoment } from "./format";
import { shown } from "./shown";
import { colorOf, wordOf } from "./state";
import { StateBadge } from "./StateBadge";
import styles from "./Timeline.module.css";

export interface Span {
  key: string;
  label: string;
  state: string;
  from: number;
  /** Open while it runs. */
  to?: number | undefined;
  detail?: string | undefined;
}

export function Timeline({ label, spans, now }: { label: string; spans: readonly Span[]; now: number }) {
  if (spans.length === 0) return null;
  const start = Math.min(...spans.map((span) => span.from));
  const end = Math.max(start + 1, ...spans.map((span) => span.to ?? now));
  const share = (moment: number) => ((moment - start) / (end - start)) * 100;
  return (
    <figure className={styles.timeline}>
      <figcaption className={styles.caption}>
        <span>{label}</span>
        <span title={`${formatMoment(start)} – ${formatMoment(end)}`}>{formatDuration(end - start)}</span>
      </figcaption>
      <ol>
        {spans.map((span) => {
          const to = span.to ?? now;
          const took = formatDuration(to - span.from);
          const after = formatDuration(span.from - start);
          return (
            <li key={span.key} className={styles.row}>
              <span className={styles.label}><span className="cut">{shown(span.label, 80)}</span><StateBadge state={span.state} /></span>
              <span className={styles.track} role="img" aria-label={text.timeline.bar(shown(span.label, 80), wordOf(span.state), took, after)} title={`${took}, +${after}`}>
                <span
                  className={`${styles.bar} ${span.to === undefined ? styles.open : ""}`}
                  style={{ left: `${share(span.from)}%`, width: `${Math.max(0.4, share(to) - share(span.from))}%`, background: colorOf(span.state) }}
                />
              </span>
              <span className={styles.took}>{took}</span>
              {span.detail !== undefined && <span className={`${styles.detail} foreign`}>{shown(span.detail, 400)}</span>}
            </li>
          );
        })}
      </ol>
    </figure>
  );
}
