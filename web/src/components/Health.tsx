/** How something fares, as color, shape and word: sources, services, queues. */
import { text } from "../texts";
import styles from "./Health.module.css";
import { shown } from "./shown";

const TONES: Readonly<Record<string, string>> = {
  healthy: "good", ok: "good", open: "good", active: "good", degraded: "weak", unconfigured: "weak", paused: "weak", unreachable: "bad", failed: "bad", down: "bad",
};

export const toneOf = (condition: string): string => TONES[condition] ?? "unknown";

export function conditionWord(condition: string): string {
  const words: Readonly<Record<string, string | undefined>> = text.conditions;
  return words[condition] ?? shown(condition.replaceAll("_", " "), 40);
}

export function HealthDot({ condition }: { condition: string }) {
  const tone = toneOf(condition);
  return (
    <svg className={styles.dot} data-tone={tone} width="14" height="14" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" aria-hidden="true">
      {tone === "good" && <circle cx="8" cy="8" r="5.6" fill="currentColor" stroke="none" />}
      {tone === "weak" && <path d="M8 2.5L14 13H2z" fill="currentColor" strokeLinejoin="round" />}
      {tone === "bad" && <path d="M4 4l8 8M12 4l-8 8" />}
      {tone === "unknown" && <circle cx="8" cy="8" r="5" strokeDasharray="2.2 1.73" />}
    </svg>
  );
}

export function HealthBadge({ condition }: { condition: string }) {
  return (
    <span className={styles.badge} data-tone={toneOf(condition)}><HealthDot condition={condition} /><span className="cut">{conditionWord(condition)}</span></span>
  );
}
