/** One pass over a source: what was rejected and why, and what was remarked. */
import { Link } from "@tanstack/react-router";
import type { Sync } from "../../api/types";
import { Facts } from "../../components/Facts";
import { formatCount, formatMoment } from "../../components/format";
import parts from "../../components/Parts.module.css";
import { listIn, numberIn, textIn, textsIn } from "../../components/read";
import { Reason } from "../../components/Reason";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import styles from "./sources.module.css";

const words = text.sources;
const REMARKS_SHOWN = 30;

export function SyncDetails({ sync }: { sync: Sync }) {
  const rejections = listIn(sync.report, "rejections");
  const warnings = textsIn(sync.report, "warnings");
  const notes = textsIn(sync.report, "notes");
  const isOver = sync.state !== "running";
  const isClean = isOver && !sync.error && rejections.length + warnings.length + notes.length === 0;
  return (
    <section className={styles.details} aria-label={words.details(formatMoment(Date.parse(sync.started_at)))}>
      <div className={parts.actions}>
        <h3>{words.details(formatMoment(Date.parse(sync.started_at)))}</h3>
        <Link to="/runs/$run" params={{ run: sync.run }}>{words.openRun}</Link>
      </div>
      <Reason state={sync.state} reason={sync.error} />
      {isOver && <p>{sync.complete ? words.complete : words.notComplete} {isClean && words.clean}</p>}
      <Facts rows={[[words.merged, nonZero(sync, "merged")], [words.gone, nonZero(sync, "removed")]]} />
      {rejections.length > 0 && <Rejects rejections={rejections} all={sync.rejected} />}
      <Remarks title={words.warnings} remarks={warnings} />
      <Remarks title={words.notes} remarks={notes} />
    </section>
  );
}

function nonZero(sync: Sync, name: string): string | undefined {
  const count = numberIn(sync.report, name) ?? 0;
  return count === 0 ? undefined : formatCount(count);
}

function Rejects({ rejections, all }: { rejections: readonly unknown[]; all: number }) {
  const columns = words.rejectColumns;
  return (
    <div className={parts.stack}>
      <h3>{words.rejects}</h3>
      <p className={parts.soft}>{words.rejectsWhat(rejections.length, all)}</p>
      <div className={styles.scroll} tabIndex={0} role="region" aria-label={words.rejects}>
        <table className={styles.rejects}>
          <thead><tr><th scope="col">{columns.place}</th><th scope="col">{columns.id}</th><th scope="col">{columns.field}</th><th scope="col">{columns.reason}</th></tr></thead>
          <tbody>
            {rejections.map((rejection, index) => (
              <tr key={index}>
                <td>{formatCount((numberIn(rejection, "position") ?? index) + 1)}</td>
                <td><code className="foreign">{shown(textIn(rejection, "original_id") ?? text.common.none, 120)}</code></td>
                <td><code className="foreign">{shown(textIn(rejection, "field") ?? "", 80)}</code></td>
                <td className="foreign">{shown(textIn(rejection, "reason") ?? "", 400)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Remarks({ title, remarks }: { title: string; remarks: readonly string[] }) {
  if (remarks.length === 0) return null;
  return (
    <div className={parts.stack}>
      <h3>{title}</h3>
      <ul className={styles.remarks}>{remarks.slice(0, REMARKS_SHOWN).map((remark, index) => <li key={index} className="foreign">{shown(remark, 400)}</li>)}</ul>
    </div>
  );
}
