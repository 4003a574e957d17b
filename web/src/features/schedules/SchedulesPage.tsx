/** What starts runs in time: the schedules, when each is next, and how the last time went; and the calendars. */
import type { ReactNode } from "react";
import Tab from "@mui/material/Tab";
import Tabs from "@mui/material/Tabs";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { usePages } from "../../api/pages";
import type { Schedule } from "../../api/types";
import { useMissing } from "../../app/session/me";
import { useShortcuts } from "../../app/shortcuts";
import { ActionButton } from "../../components/ConfirmWithUndo";
import { DataTable, type Column } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import { HealthBadge } from "../../components/Health";
import { ListDetail } from "../../components/ListDetail";
import { Page } from "../../components/Page";
import styles from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { StateBadge } from "../../components/StateBadge";
import { text } from "../../texts";
import { Calendars, useAddCalendar } from "../calendars/Calendars";
import { lastFireQuery, schedulesQuery } from "./queries";
import { startOf, whenOf, zoneOf } from "./reading";
import { useLeaving } from "./ScheduleActions";
import { useScheduleDetail } from "./ScheduleDetail";

const words = text.schedules;
const tabs = text.calendars.tabs;
const STATES = ["active", "paused", "ended"] as const;

const COLUMNS: readonly Column<Schedule>[] = [
  { id: "name", label: words.columns.name, width: "minmax(100px, 1.2fr)", cell: (schedule) => <b>{shown(schedule.name, 100)}</b>, value: (schedule) => schedule.name },
  { id: "state", label: words.columns.state, width: "90px", from: 560, cell: (schedule) => <HealthBadge condition={schedule.state} />, value: (schedule) => schedule.state },
  { id: "when", label: words.columns.when, width: "minmax(110px, 1fr)", from: 420, cell: (schedule) => <span title={whenOf(schedule)}>{whenOf(schedule)}</span>, value: whenOf },
  { id: "zone", label: words.columns.zone, width: "minmax(80px, 140px)", from: 900, cell: (schedule) => shown(zoneOf(schedule) ?? "", 60), value: zoneOf },
  { id: "starts", label: words.columns.starts, width: "minmax(100px, 1fr)", from: 700, cell: startOf, value: startOf },
  { id: "last", label: words.columns.last, width: "116px", from: 480, cell: (schedule) => <LastTime schedule={schedule} />, value: () => null },
  { id: "next", label: words.columns.next, width: "90px", end: true, cell: (schedule) => <NextTime schedule={schedule} />, value: (schedule) => schedule.next_at },
];

function NextTime({ schedule }: { schedule: Schedule }) {
  return schedule.next_at && schedule.state === "active" ? <RelativeTime at={schedule.next_at} quiet /> : <span className={styles.soft}>{words.noNext}</span>;
}

function LastTime({ schedule }: { schedule: Schedule }) {
  const last = useQuery(lastFireQuery(schedule.name)).data;
  if (last === undefined) return null;
  if (last === null) return <span className={styles.soft}>{words.noLast}</span>;
  return <span title={shown(last.reason ?? "", 300)}><StateBadge state={last.outcome} /></span>;
}

export function SchedulesPage() {
  const { tab, state: asked } = useSearch({ from: "/frame/schedules" });
  const navigate = useNavigate();
  const open = tab === "calendars" ? "calendars" : "schedules";
  const state = STATES.find((one) => one === asked);
  const missing = useMissing("schedules:write");
  const define = () => void navigate({ to: "/define-schedule" });
  useShortcuts(open === "schedules" && missing === undefined ? [{ keys: "n", label: words.define, group: words.title, run: define }] : []);
  const add = <ActionButton label={words.define} icon="add" disabledWhy={missing} onClick={define} />;
  const addCalendar = useAddCalendar(open === "calendars");
  return (
    <Page fill title={words.title} actions={open === "calendars" ? addCalendar.button : <><StateLinks state={state} />{add}</>}>
      <div className={styles.list} style={{ height: "100%" }}>
        <Tabs value={open} onChange={(_, next: string) => void navigate({ to: "/schedules", search: next === "calendars" ? { tab: next } : {} })} aria-label={words.title} sx={{ px: "var(--s4)", flex: "none" }}>
          <Tab value="schedules" label={tabs.schedules} id="tab-schedules" aria-controls="tabpanel" />
          <Tab value="calendars" label={tabs.calendars} id="tab-calendars" aria-controls="tabpanel" />
        </Tabs>
        <div role="tabpanel" id="tabpanel" aria-labelledby={`tab-${open}`} className={styles.list}>{open === "calendars" ? <Calendars add={addCalendar.button} /> : <Schedules state={state} add={add} />}</div>
      </div>
      {addCalendar.dialog}
    </Page>
  );
}

function Schedules({ state, add }: { state: string | undefined; add: ReactNode }) {
  const { schedule: name } = useSearch({ from: "/frame/schedules" });
  const navigate = useNavigate();
  const list = usePages(schedulesQuery(state));
  const leaving = useLeaving();
  const rows = list.rows.filter((schedule) => !leaving.includes(schedule.name));
  const show = (schedule: string | undefined) => navigate({ to: "/schedules", search: (before) => ({ ...before, schedule }) });
  const detail = useScheduleDetail(name, () => show(undefined));
  const isEmpty = rows.length === 0 && !list.isPending && list.error === null;
  return (
    <ListDetail detail={detail}>
      {list.error !== null && rows.length === 0 && <div className={styles.inset}><ProblemAlert error={list.error} /></div>}
      {isEmpty && state === undefined && <EmptyState title={words.empty} action={add}>{words.emptyWhat}</EmptyState>}
      {isEmpty && state !== undefined && <EmptyState title={words.noMatch} action={<Link to="/schedules">{words.allStates}</Link>}>{words.emptyWhat}</EmptyState>}
      {rows.length > 0 && (
        <DataTable label={words.title} columns={COLUMNS} rows={rows} rowKey={(schedule) => schedule.name} rowLabel={(schedule) => schedule.name} openKey={name} onOpen={(schedule) => void show(schedule.name)} more={list.more} memory={`schedules ${state ?? ""}`} />
      )}
    </ListDetail>
  );
}

function StateLinks({ state }: { state: string | undefined }) {
  const navigate = useNavigate();
  return (
    <select className={styles.select} aria-label={words.columns.state} value={state ?? ""} onChange={(event) => void navigate({ to: "/schedules", search: event.target.value === "" ? {} : { state: event.target.value } })}>
      <option value="">{words.allStates}</option>
      {STATES.map((one) => <option key={one} value={one}>{words.states[one]}</option>)}
    </select>
  );
}
