/** How a source's health changed: a band over a month, and the changes by name. */
import { useQuery } from "@tanstack/react-query";
import { conditionWord, HealthBadge, toneOf } from "../../components/Health";
import { formatMoment } from "../../components/format";
import styles from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { partsOf, sharesOf } from "./band";
import { healthQuery } from "./queries";
import own from "./sources.module.css";

const words = text.sources;
const CHANGES_SHOWN = 8;

export function HealthHistory({ source }: { source: string }) {
  const { data, error, dataUpdatedAt } = useQuery(healthQuery(source));
  if (data === undefined) return error === null ? null : <ProblemAlert error={error} />;
  if (data.length === 0) return <p className={styles.soft}>{words.noHealth}</p>;
  const parts = partsOf(data, dataUpdatedAt);
  const shares = sharesOf(parts).map(([condition, percent]) => words.share(conditionWord(condition), percent)).join(", ");
  return (
    <>
      <div className={own.band} role="img" aria-label={words.band(shares)}>
        {parts.map((part) => (
          <span key={part.from} data-tone={toneOf(part.condition)} style={{ flexGrow: part.to - part.from }} title={`${conditionWord(part.condition)}, ${formatMoment(part.from)}`} />
        ))}
      </div>
      <p className={styles.soft}>{shares}</p>
      <ul className={own.changes} aria-label={words.changes}>
        {data.slice(0, CHANGES_SHOWN).map((change, index) => (
          <li key={index}>
            <HealthBadge condition={change.condition} /><RelativeTime at={change.since} />
            {change.message && <span className={`${styles.soft} foreign`}>{shown(change.message, 300)}</span>}
          </li>
        ))}
      </ul>
    </>
  );
}
