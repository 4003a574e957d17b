/** The run as a link, as commands, as requests by REST and GraphQL. */
import { useId } from "react";
import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import DialogActions from "@mui/material/DialogActions";
import DialogContent from "@mui/material/DialogContent";
import DialogTitle from "@mui/material/DialogTitle";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { Run } from "../../api/types";
import { CommandLine } from "../../components/CommandLine";
import { text } from "../../texts";
import { WORKFLOW } from "../workflows/queries";
import { curlOf, graphqlOf, submitCliOf, submitCurlOf, submitGraphqlOf, watchOf } from "./commands";
import { tasksQuery } from "./queries";
import styles from "./runs.module.css";

const words = text.run.copyAs;

export function CopyAs({ run, onClose }: { run: Run; onClose: () => void }) {
  const id = useId();
  const { origin } = window.location;
  const { data } = useInfiniteQuery(tasksQuery(run.id, undefined, false, 0));
  // The tasks of a workflow's run are its steps: nobody submits those.
  const isWorkflow = run.kind.name === WORKFLOW;
  const tasks = data?.pages.flatMap((page) => page.items) ?? [];
  const lines = [
    [words.link, `${origin}/runs/${run.number}`],
    [words.watch, watchOf(origin, run)],
    [words.curl, curlOf(origin, run)],
    [words.graphql, graphqlOf(origin, run)],
    ...(tasks.length > 0 && !isWorkflow ? [[words.submitCli, submitCliOf(origin, run, tasks)], [words.submitCurl, submitCurlOf(origin, run, tasks)], [words.submitGraphql, submitGraphqlOf(origin, run, tasks)]] : []),
  ] as const;
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} maxWidth="md" fullWidth>
      <DialogTitle id={id}>{words.title}</DialogTitle>
      <DialogContent>
        <div className={styles.copyList}>
          {lines.map(([label = "", command = ""]) => (
            <section key={label} aria-label={label}><h3>{label}</h3><CommandLine command={command} label={label} /></section>
          ))}
          <p className={styles.quiet}>{words.note} {tasks.length > 0 && tasks.length < run.size && words.part(tasks.length)}</p>
        </div>
      </DialogContent>
      <DialogActions><Button variant="outlined" onClick={onClose}>{text.common.close}</Button></DialogActions>
    </Dialog>
  );
}
