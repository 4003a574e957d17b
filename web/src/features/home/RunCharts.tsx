/** Throughput and latency of the last day, from the runs themselves. */
import { useQuery } from "@tanstack/react-query";
import { useNow } from "../../components/clock";
import { Bars } from "../../components/Bars";
import { formatCount, formatDuration, formatShort } from "../../components/format";
import { colorOf, wordOf } from "../../components/state";
import { text } from "../../texts";
import { ENDS, endedByHour, hoursUntil, waitsByHour } from "./charts";
import styles from "./home.module.css";
import { dayQuery, RUNS_CHARTED } from "./queries";

const words = text.charts;

export function RunCharts() {
  const { data } = useQuery(dayQuery);
  const now = useNow(60_000);
  if (data === undefined || data.items.length === 0) return null;
  const isPart = data.next !== undefined && data.next !== null;
  const oldest = Date.parse(data.items.at(-1)?.created_at ?? "");
  const hours = hoursUntil(now, isPart ? oldest : undefined);
  const note = isPart ? words.part(formatCount(RUNS_CHARTED), formatShort(oldest)) : words.day;
  return (
    <div className={styles.charts}>
      <Bars stacked title={words.throughput} note={note} format={formatCount} bars={endedByHour(data.items, hours)} parts={ENDS.map((state) => ({ label: wordOf(state), color: colorOf(state) }))} />
      <Bars title={words.latency} note={note} format={formatDuration} bars={waitsByHour(data.items, hours)} parts={[{ label: words.p95, color: "var(--line-strong)" }, { label: words.p50, color: "var(--accent)" }]} />
    </div>
  );
}
