/** The steps of a job as a graph. */
import { useQuery } from "@tanstack/react-query";
import type { Job } from "../../api/types";
import { FlowGraph } from "../../components/FlowGraph";
import styles from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { text } from "../../texts";
import { jobGraphQuery } from "./queries";

const words = text.workflows;

export function JobGraph({ job }: { job: Job }) {
  const { data, error } = useQuery(jobGraphQuery(job.name, job.version));
  return (
    <section className={styles.stack}>
      <h3>{words.steps}</h3>
      {error !== null && data === undefined && <ProblemAlert error={error} />}
      {data && <FlowGraph label={words.graph} steps={data.steps.map((step) => ({ ...step, state: undefined }))} />}
    </section>
  );
}
