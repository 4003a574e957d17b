/** How long a run took, or has been running until now. */
import type { Run } from "../../api/types";
import { useNow } from "../../components/clock";
import { formatDuration } from "../../components/format";
import { text } from "../../texts";

export function Took({ run }: { run: Pick<Run, "started_at" | "ended_at"> }) {
  if (!run.started_at) return <>{text.common.none}</>;
  const from = Date.parse(run.started_at);
  return run.ended_at ? <>{formatDuration(Date.parse(run.ended_at) - from)}</> : <Ticking from={from} />;
}

function Ticking({ from }: { from: number }) {
  const now = useNow();
  return <>{formatDuration(Math.floor(Math.max(0, now - from) / 1000) * 1000)}</>;
}
