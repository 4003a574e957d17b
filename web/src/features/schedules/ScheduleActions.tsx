/** Pausing and resuming a schedule, starting it now, changing and deleting it. */
import { useMutation, useMutationState, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { asProblem } from "../../api/problem";
import type { Schedule } from "../../api/types";
import { notify } from "../../app/notices";
import { useMissing } from "../../app/session/me";
import { ActionButton, ConfirmWithUndo } from "../../components/ConfirmWithUndo";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { deleteSchedule, pauseSchedule, resumeSchedule, runSchedule } from "./queries";

const words = text.schedules;
const DELETING = ["schedules", "delete"];

/** The names of those that are being deleted: no longer listed. */
export const useLeaving = (): readonly unknown[] => useMutationState({ filters: { mutationKey: DELETING, status: "pending" }, select: (mutation) => mutation.state.variables });

export function ScheduleActions({ schedule, tag, onGone }: { schedule: Schedule; tag: string; onGone: () => Promise<void> }) {
  const navigate = useNavigate();
  const missing = useMissing("schedules:write");
  const name = shown(schedule.name, 80);
  const { run, turn, remove } = useChanges(schedule, tag, onGone);
  const isPaused = schedule.state === "paused";
  return (
    <>
      <ActionButton label={words.run} icon="play" disabledWhy={missing} onClick={() => run.mutate()} />
      <ActionButton label={isPaused ? words.resume : words.pause} icon={isPaused ? "play" : "pause"} disabledWhy={missing ?? (schedule.state === "ended" ? words.ended : undefined)} onClick={() => turn.mutate()} />
      <ActionButton label={words.change} disabledWhy={missing} onClick={() => void navigate({ to: "/define-schedule", search: { schedule: schedule.name } })} />
      <ConfirmWithUndo danger label={words.remove} title={words.removeTitle(name)} announce={words.removing(name)} disabledWhy={missing} onConfirm={() => remove.mutate(schedule.name)}>{words.removeWhat}</ConfirmWithUndo>
    </>
  );
}

function useChanges(schedule: Schedule, tag: string, onGone: () => Promise<void>) {
  const client = useQueryClient();
  const name = shown(schedule.name, 80);
  const after = {
    onError: (problem: unknown) => void notify(asProblem(problem).detail, "failed"),
    onSettled: () => client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === "schedules" || queryKey[0] === "runs" }),
  };
  const run = useMutation({
    mutationFn: () => runSchedule(schedule.name),
    onSuccess: (fire) => {
      if (typeof fire.run_number === "number") notify(words.started(fire.run_number));
      else if (fire.reason) notify(words.notStarted(shown(fire.reason, 200)), "failed");
      else notify(words.startedSoon);
    },
    ...after,
  });
  const turn = useMutation({
    mutationFn: () => (schedule.state === "paused" ? resumeSchedule(schedule.name) : pauseSchedule(schedule.name)),
    onSuccess: (now) => notify(now.state === "paused" ? words.paused(name) : words.resumed(name)),
    ...after,
  });
  const remove = useMutation({
    mutationKey: DELETING,
    // Out of sight until the list is read without it: the event that it is gone may come before the answer, and has
    // what is in sight read anew.
    mutationFn: async (gone: string) => {
      await onGone();
      await deleteSchedule(gone, tag);
      await client.invalidateQueries({ queryKey: ["schedules", "pages"] });
    },
    onSuccess: () => notify(words.removed(name)),
    onError: after.onError,
  });
  return { run, turn, remove };
}
