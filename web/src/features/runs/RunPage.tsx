/** One run: how it stands and why, its tasks, what each tried, wrote, took and gave. */
import Tab from "@mui/material/Tab";
import Tabs from "@mui/material/Tabs";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { Run } from "../../api/types";
import { Page } from "../../components/Page";
import { ProblemAlert } from "../../components/ProblemAlert";
import { shown } from "../../components/shown";
import { StateBadge } from "../../components/StateBadge";
import { text } from "../../texts";
import { GraphTab } from "../workflows/GraphTab";
import { WORKFLOW } from "../workflows/queries";
import { FactsTab } from "./FactsTab";
import { InputTab, ResultTab } from "./InputResult";
import { OutputTab } from "./OutputTab";
import { runQuery } from "./queries";
import { RunActions } from "./RunActions";
import { RunSummary } from "./RunSummary";
import styles from "./runs.module.css";
import { TaskPicker } from "./TaskPicker";
import { TasksTab } from "./TasksTab";
import { TimelineTab } from "./TimelineTab";

const TABS = ["graph", "tasks", "timeline", "log", "input", "result", "facts"] as const;
type TabName = (typeof TABS)[number];

/** What the tabs need: the run, the task in view, and the ways to change the address. */
export interface TabProps {
  run: Run;
  task: number;
}

export function RunPage() {
  const { run: name } = useParams({ from: "/frame/runs/$run" });
  const { data: run, error } = useQuery(runQuery(name));
  const title = text.run.title(run?.number ?? Number(name));
  if (run === undefined) {
    return <Page title={Number.isNaN(Number(name)) ? text.runs.title : title}>{error !== null && <ProblemAlert error={error} />}</Page>;
  }
  return (
    <Page title={title} heading={<Heading run={run} />} actions={<RunActions run={run} />}>
      <RunSummary run={run} />
      <RunTabs run={run} />
    </Page>
  );
}

function Heading({ run }: { run: Run }) {
  return (
    <div className={styles.title}>
      <h1>{text.run.title(run.number)}</h1>
      <StateBadge state={run.state} />
      <span className={`${styles.kind} cut`}>{shown(run.kind.name, 100)}</span>
    </div>
  );
}

function RunTabs({ run }: { run: Run }) {
  const search = useSearch({ from: "/frame/runs/$run" });
  const navigate = useNavigate({ from: "/runs/$run" });
  const tabs = TABS.filter((one) => one !== "graph" || run.kind.name === WORKFLOW);
  const tab: TabName = tabs.find((one) => one === search.tab) ?? tabs[0] ?? "tasks";
  const chosen = Number(search.task ?? "");
  const task = Number.isInteger(chosen) && chosen >= 0 && chosen < run.size ? chosen : 0;
  const go = (next: Partial<typeof search>) => void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
  const perTask = tab === "timeline" || tab === "log" || tab === "input" || tab === "result";
  return (
    <>
      <Tabs value={tab} onChange={(_, next: TabName) => go({ tab: next })} variant="scrollable" scrollButtons={false} aria-label={text.run.title(run.number)} sx={{ borderBottom: "1px solid var(--line)" }}>
        {tabs.map((one) => <Tab key={one} value={one} label={text.run.tabs[one]} id={`tab-${one}`} aria-controls="tabpanel" />)}
      </Tabs>
      <div role="tabpanel" id="tabpanel" aria-labelledby={`tab-${tab}`} className={styles.tab}>
        {perTask && run.size > 1 && <TaskPicker task={task} size={run.size} onPick={(index) => go({ task: String(index) })} />}
        {run.size === 0 && tab !== "facts" ? <p>{text.run.noTasks}</p> : <TabContent tab={tab} run={run} task={task} />}
      </div>
    </>
  );
}

function TabContent({ tab, run, task }: TabProps & { tab: TabName }) {
  switch (tab) {
    case "graph":
      return <GraphTab run={run} task={task} />;
    case "tasks":
      return <TasksTab run={run} />;
    case "timeline":
      return <TimelineTab run={run} task={task} />;
    case "log":
      return <OutputTab run={run} task={task} />;
    case "input":
      return <InputTab run={run} task={task} />;
    case "result":
      return <ResultTab run={run} task={task} />;
    case "facts":
      return <FactsTab run={run} />;
  }
}
