/** Making a schedule, or changing one. */
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { Page } from "../../components/Page";
import { ProblemAlert } from "../../components/ProblemAlert";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { scheduleAsItIsQuery } from "./queries";
import { ScheduleForm } from "./ScheduleForm";

const words = text.schedules.form;

export function DefineSchedulePage() {
  const search = useSearch({ from: "/frame/define-schedule" });
  const { schedule } = search;
  const before = useQuery({ ...scheduleAsItIsQuery(schedule ?? ""), enabled: schedule !== undefined });
  const title = schedule === undefined ? words.newTitle : words.changeTitle(shown(schedule, 80));
  const isReady = schedule === undefined || before.data !== undefined;
  return (
    <Page title={title}>
      {before.error !== null && <ProblemAlert error={before.error} />}
      {isReady && <ScheduleForm key={JSON.stringify(search)} before={before.data} job={search.job} kind={search.kind} />}
    </Page>
  );
}
