/** Running a job now: one task from a form, or many from a list or an uploaded file. */
import { useState } from "react";
import Tab from "@mui/material/Tab";
import Tabs from "@mui/material/Tabs";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { newKey } from "../../api/idempotency";
import type { Job } from "../../api/types";
import { notify } from "../../app/notices";
import { FormDialog } from "../../components/FormDialog";
import { ProblemAlert } from "../../components/ProblemAlert";
import { asSchema, type Json } from "../../components/schema";
import { SchemaForm } from "../../components/SchemaForm";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { faultsIn } from "../kinds/faults";
import { kindsQuery } from "../runs/queries";
import { ItemsField } from "./ItemsField";
import { itemsIn, type Item } from "./items";
import { UploadChoice } from "../uploads/UploadChoice";
import { WORKFLOW } from "../workflows/queries";
import { runJob } from "./queries";

const words = text.jobs;
type Mode = "one" | "many" | "file";

export function RunJob({ job, onClose }: { job: Job; onClose: () => void }) {
  const isWorkflow = job.kind.name === WORKFLOW;
  const kinds = useQuery(kindsQuery);
  const kind = kinds.data?.find((one) => one.name === job.kind.name);
  const [mode, setMode] = useState<Mode>("one");
  const [value, setValue] = useState<Json>(job.parameters as Json);
  const [list, setList] = useState("[]");
  const [upload, setUpload] = useState("");
  // One form is one run, however often its button is pressed or its answer is lost.
  const [key] = useState(newKey);
  const client = useQueryClient();
  const navigate = useNavigate();
  const submit = useMutation({
    mutationFn: async () => {
      if (isWorkflow) return runJob(job.name, key, { inputs: value as Item });
      if (mode === "file") return runJob(job.name, key, { upload });
      const items = mode === "one" ? [value as Item] : itemsIn(list);
      if (items === undefined) throw new Error(words.notList);
      return runJob(job.name, key, { items });
    },
    onSuccess: async (run) => {
      notify(words.started(run.number));
      void client.invalidateQueries({ queryKey: ["runs"] });
      await navigate({ to: "/runs/$run", params: { run: String(run.number) } });
    },
  });
  return (
    <FormDialog wide title={words.runTitle(shown(job.name, 80))} what={isWorkflow ? words.runInputs : words.runWhat} submit={words.run} busy={submit.isPending} error={submit.error} onSubmit={() => submit.mutate()} onClose={onClose}>
      {!isWorkflow && <Tabs value={mode} onChange={(_, next: Mode) => setMode(next)} aria-label={words.runTitle(shown(job.name, 80))}>
        <Tab value="one" label={words.one} /><Tab value="many" label={words.many} /><Tab value="file" label={text.uploads.mode} />
      </Tabs>}
      {kinds.error !== null && <ProblemAlert error={kinds.error} />}
      {mode === "one" && kinds.data !== undefined && <SchemaForm schema={asSchema(kind?.parameter_schema)} value={value} onChange={setValue} serverFaults={faultsIn(submit.error)} />}
      {mode === "many" && <ItemsField value={list} onChange={setList} />}
      {mode === "file" && <UploadChoice value={upload} onChange={setUpload} />}
    </FormDialog>
  );
}
