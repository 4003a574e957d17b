/** A state as color, shape and word together: none of them is needed to tell states apart. */
import styles from "./StateBadge.module.css";
import { colorOf, lookOf, wordOf, type Look } from "./state";

function Shape({ look }: { look: Look }) {
  switch (look) {
    case "ready":
      return <circle cx="8" cy="8" r="5" />;
    case "running":
      return (
        <g className={styles.turning}>
          <circle cx="8" cy="8" r="5" />
          <path d="M8 3a5 5 0 0 1 0 10z" fill="currentColor" stroke="none" />
        </g>
      );
    case "waiting":
      return <circle cx="8" cy="8" r="5" strokeDasharray="2.2 1.73" />;
    case "succeeded":
      return <circle cx="8" cy="8" r="5.6" fill="currentColor" stroke="none" />;
    case "partial":
      return (
        <>
          <circle cx="8" cy="8" r="5" />
          <path d="M3 8a5 5 0 0 0 10 0z" fill="currentColor" stroke="none" />
        </>
      );
    case "failed":
      return <path d="M4 4l8 8M12 4l-8 8" strokeWidth="2.2" />;
    case "timed_out":
      return <path d="M4.5 3h7L4.5 13h7z" />;
    case "cancelled":
      return (
        <>
          <circle cx="8" cy="8" r="5" />
          <path d="M4.5 11.5l7-7" />
        </>
      );
    case "skipped":
      return <path d="M4 8h8" strokeWidth="2" />;
  }
}

/** The shape alone, for places where the word stands beside it already. */
export function StateGlyph({ state, size = 14 }: { state: string; size?: number }) {
  return (
    <svg
      className={styles.glyph}
      style={{ color: colorOf(state) }}
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <Shape look={lookOf(state)} />
    </svg>
  );
}

export function StateBadge({ state }: { state: string }) {
  return (
    <span className={styles.badge} style={{ color: colorOf(state) }}>
      <StateGlyph state={state} />
      <span className="cut">{wordOf(state)}</span>
    </span>
  );
}
