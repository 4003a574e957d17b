/** The calendars: times at which schedules that name them start nothing. */
import { useState, type ReactNode } from "react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { usePages } from "../../api/pages";
import type { Calendar } from "../../api/types";
import { useMissing } from "../../app/session/me";
import { useShortcuts } from "../../app/shortcuts";
import { ActionButton } from "../../components/ConfirmWithUndo";
import { DataTable, type Column } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import { ListDetail } from "../../components/ListDetail";
import styles from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { useCalendarDetail } from "./CalendarDetail";
import { CalendarDialog } from "./CalendarDialog";
import { calendarsQuery } from "./queries";
import { windowOf, windowText } from "./windows";

const words = text.calendars;

/** The first stretch stands for all, with how many there are. */
function summaryOf({ windows }: Calendar): string {
  const [first] = windows;
  if (first === undefined) return words.count(0);
  return windows.length === 1 ? windowText(windowOf(first)) : `${words.count(windows.length)}: ${windowText(windowOf(first))} …`;
}

const COLUMNS: readonly Column<Calendar>[] = [
  { id: "name", label: words.columns.name, width: "minmax(110px, 1fr)", cell: (calendar) => <b>{shown(calendar.name, 100)}</b>, value: (calendar) => calendar.name },
  { id: "windows", label: words.columns.windows, width: "minmax(140px, 2fr)", cell: (calendar) => <span title={summaryOf(calendar)}>{summaryOf(calendar)}</span>, value: summaryOf },
  { id: "zone", label: words.columns.zone, width: "minmax(90px, 160px)", from: 560, cell: (calendar) => shown(calendar.zone, 60), value: (calendar) => calendar.zone },
  { id: "changed", label: words.columns.changed, width: "84px", end: true, from: 480, cell: (calendar) => <RelativeTime at={calendar.updated_at} quiet />, value: (calendar) => calendar.updated_at },
];

/** The button that makes one, and the dialog that it opens. */
export function useAddCalendar(isOpen: boolean) {
  const [adding, setAdding] = useState(false);
  const missing = useMissing("calendars:write");
  const navigate = useNavigate();
  useShortcuts(isOpen && missing === undefined ? [{ keys: "n", label: words.add, group: words.title, run: () => setAdding(true) }] : []);
  const show = (calendar: string) => navigate({ to: "/schedules", search: { tab: "calendars", calendar } });
  return {
    button: <ActionButton label={words.add} icon="add" disabledWhy={missing} onClick={() => setAdding(true)} />,
    dialog: adding && <CalendarDialog before={undefined} onSaved={show} onClose={() => setAdding(false)} />,
  };
}

export function Calendars({ add }: { add: ReactNode }) {
  const { calendar: name } = useSearch({ from: "/frame/schedules" });
  const navigate = useNavigate();
  const list = usePages(calendarsQuery);
  const show = (calendar: string | undefined) => navigate({ to: "/schedules", search: { tab: "calendars", calendar } });
  const detail = useCalendarDetail(name, () => show(undefined));
  return (
    <ListDetail detail={detail}>
      {list.error !== null && list.rows.length === 0 && <div className={styles.inset}><ProblemAlert error={list.error} /></div>}
      {list.rows.length === 0 && !list.isPending && list.error === null && <EmptyState title={words.empty} action={add}>{words.emptyWhat}</EmptyState>}
      {list.rows.length > 0 && (
        <DataTable label={words.title} columns={COLUMNS} rows={list.rows} rowKey={(calendar) => calendar.name} rowLabel={(calendar) => calendar.name} openKey={name} onOpen={(calendar) => void show(calendar.name)} more={list.more} memory="calendars" />
      )}
    </ListDetail>
  );
}
