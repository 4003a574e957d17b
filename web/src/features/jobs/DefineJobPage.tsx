/** Defining a job, or its next version. */
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { Page } from "../../components/Page";
import { ProblemAlert } from "../../components/ProblemAlert";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { kindsQuery } from "../runs/queries";
import { JobForm } from "./JobForm";
import { jobQuery } from "./queries";

const words = text.jobs.form;

export function DefineJobPage() {
  const search = useSearch({ from: "/frame/define-job" });
  const kinds = useQuery(kindsQuery);
  const before = useQuery({ ...jobQuery(search.job ?? ""), enabled: search.job !== undefined });
  const job = before.data?.value;
  const title = job === undefined ? words.newTitle : words.nextTitle(shown(job.name, 80), job.version + 1);
  const isReady = kinds.data !== undefined && (search.job === undefined || before.data !== undefined);
  return (
    <Page title={title}>
      {kinds.error !== null && <ProblemAlert error={kinds.error} />}
      {before.error !== null && <ProblemAlert error={before.error} />}
      {isReady && <JobForm key={`${search.job ?? ""} ${search.kind ?? ""}`} kinds={kinds.data} before={before.data} kind={search.kind} />}
    </Page>
  );
}
