/** A run of a kind, with a form made from what the kind takes. */
import { useState } from "react";
import TextField from "@mui/material/TextField";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { api, take } from "../../api/client";
import { newKey } from "../../api/idempotency";
import type { Kind, NewRun } from "../../api/types";
import { notify } from "../../app/notices";
import { FormDialog } from "../../components/FormDialog";
import { asSchema, initialValue, type Json } from "../../components/schema";
import { SchemaForm } from "../../components/SchemaForm";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { faultsIn } from "./faults";

export function RunKind({ kind, onClose }: { kind: Kind; onClose: () => void }) {
  const schema = asSchema(kind.parameter_schema);
  const [value, setValue] = useState<Json>(() => initialValue(schema, schema) ?? {});
  const [queue, setQueue] = useState("");
  const client = useQueryClient();
  const navigate = useNavigate();
  const submit = useMutation({
    mutationFn: () => {
      const body: NewRun = { kind: kind.name, kind_version: kind.version, parameters: value as NewRun["parameters"] & object, ...(queue.trim() === "" ? {} : { queue: queue.trim() }) };
      return take(api.POST("/api/v1/runs", { body, params: { header: { "Idempotency-Key": key } } }));
    },
    onSuccess: async (run) => {
      notify(text.jobs.started(run.number));
      void client.invalidateQueries({ queryKey: ["runs"] });
      await navigate({ to: "/runs/$run", params: { run: String(run.number) } });
    },
  });
  // One form is one run, however often its button is pressed or its answer is lost.
  const [key] = useState(newKey);
  return (
    <FormDialog title={text.kinds.runTitle(shown(kind.name, 80))} what={shown(kind.description, 400)} submit={text.kinds.run} busy={submit.isPending} error={submit.error} onSubmit={() => submit.mutate()} onClose={onClose}>
      <SchemaForm schema={schema} value={value} onChange={setValue} serverFaults={faultsIn(submit.error)} />
      <TextField label={text.kinds.queue} value={queue} placeholder="default" onChange={(event) => setQueue(event.target.value)} slotProps={{ inputLabel: { shrink: true } }} />
    </FormDialog>
  );
}
