/** One calendar: its stretches, and the schedules that it holds back. */
import { useState } from "react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { usePages } from "../../api/pages";
import { asProblem } from "../../api/problem";
import type { Tagged } from "../../api/tagged";
import type { Calendar } from "../../api/types";
import { notify } from "../../app/notices";
import { useMissing } from "../../app/session/me";
import { ActionButton, ConfirmWithUndo } from "../../components/ConfirmWithUndo";
import { Facts } from "../../components/Facts";
import styles from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { schedulesQuery } from "../schedules/queries";
import { CalendarDialog } from "./CalendarDialog";
import own from "./calendars.module.css";
import { calendarQuery, deleteCalendar } from "./queries";
import { windowOf, windowText } from "./windows";

const words = text.calendars;

export function useCalendarDetail(name: string | undefined, onClose: () => Promise<void>) {
  const { data, error } = useQuery({ ...calendarQuery(name ?? ""), enabled: name !== undefined });
  if (name === undefined) return undefined;
  const label = words.calendar(shown(name, 100));
  const close = () => void onClose();
  if (data === undefined) return { label, heading: <h2>{label}</h2>, body: error === null ? null : <ProblemAlert error={error} />, onClose: close };
  return {
    label,
    heading: <h2>{shown(data.value.name, 100)}</h2>,
    actions: <Actions calendar={data} onGone={onClose} />,
    body: <Detail calendar={data.value} />,
    onClose: close,
  };
}

function Actions({ calendar, onGone }: { calendar: Tagged<Calendar>; onGone: () => Promise<void> }) {
  const { value, tag } = calendar;
  const client = useQueryClient();
  const navigate = useNavigate();
  const [changing, setChanging] = useState(false);
  const missing = useMissing("calendars:write");
  const name = shown(value.name, 80);
  const remove = useMutation({
    // Out of sight first: the event that it is gone may come before the answer, and has what is in sight read anew.
    mutationFn: async () => {
      await onGone();
      await deleteCalendar(value.name, tag);
    },
    onSuccess: () => notify(words.removed(name)),
    onError: (problem) => notify(shown(asProblem(problem).detail, 300), "failed"),
    onSettled: () => client.invalidateQueries({ queryKey: ["calendars", "pages"] }),
  });
  return (
    <>
      <ActionButton label={words.change} disabledWhy={missing} onClick={() => setChanging(true)} />
      <ConfirmWithUndo danger label={words.remove} title={words.removeTitle(name)} announce={words.removing(name)} disabledWhy={missing} onConfirm={() => remove.mutate()}>{words.removeWhat}</ConfirmWithUndo>
      {changing && <CalendarDialog before={calendar} onSaved={(now) => navigate({ to: "/schedules", search: { tab: "calendars", calendar: now } })} onClose={() => setChanging(false)} />}
    </>
  );
}

function Detail({ calendar }: { calendar: Calendar }) {
  return (
    <>
      <section className={styles.stack} aria-label={words.windows}>
        <h3>{words.windows}</h3>
        <ul className={own.windows}>
          {calendar.windows.map(windowOf).map((window, index) => (
            <li key={index}><span className="foreign">{windowText(window)}</span>{window.reason !== "" && <span className={`${styles.soft} foreign`}>{shown(window.reason, 200)}</span>}</li>
          ))}
        </ul>
        <p className={styles.soft}>{words.ofClock(shown(calendar.zone, 60))}</p>
      </section>
      <HeldBack calendar={calendar.name} />
      <Facts rows={[
        [words.facts.made, <RelativeTime key="made" at={calendar.created_at} />],
        [words.facts.changed, <RelativeTime key="changed" at={calendar.updated_at} />],
      ]} />
    </>
  );
}

function HeldBack({ calendar }: { calendar: string }) {
  const { rows, isPending } = usePages(schedulesQuery(undefined));
  const held = rows.filter((schedule) => schedule.calendars.includes(calendar));
  if (isPending) return null;
  return (
    <section className={styles.stack}>
      <h3>{words.heldBack}</h3>
      {held.length === 0 && <p className={styles.soft}>{words.none}</p>}
      <p className={styles.actions}>{held.map(({ id, name }) => <Link key={id} to="/schedules" search={{ schedule: name }}>{shown(name, 100)}</Link>)}</p>
    </section>
  );
}
