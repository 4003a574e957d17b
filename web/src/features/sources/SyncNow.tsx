/** Starting a sync. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { asProblem } from "../../api/problem";
import type { Source } from "../../api/types";
import { notify } from "../../app/notices";
import { useMissing } from "../../app/session/me";
import { ActionButton } from "../../components/ConfirmWithUndo";
import { text } from "../../texts";
import { lastSyncQuery, syncSource } from "./queries";

const words = text.sources;

/** `onStarted` gets the run that performs it. */
export function SyncNow({ source, onStarted }: { source: Source; onStarted?: (run: string) => void }) {
  const client = useQueryClient();
  const missing = useMissing("sources:sync");
  const isRunning = useQuery(lastSyncQuery(source.name)).data?.state === "running";
  const start = useMutation({
    mutationFn: () => syncSource(source.name),
    onSuccess: async (run) => {
      notify(words.syncStarted);
      onStarted?.(run.run);
      await client.invalidateQueries({ queryKey: ["sources"] });
    },
    onError: (problem) => notify(asProblem(problem).detail, "failed"),
  });
  const why = missing ?? (isRunning || start.isPending ? words.syncOpen : undefined);
  return <ActionButton label={isRunning ? words.syncing : words.sync} icon="refresh" disabledWhy={why} onClick={() => start.mutate()} />;
}
