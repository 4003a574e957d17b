/** The form of a job: what runs, how it runs, and the parameters every task starts from. */
import { useState, type FormEvent } from "react";
import Button from "@mui/material/Button";
import MenuItem from "@mui/material/MenuItem";
import TextField from "@mui/material/TextField";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { Tagged } from "../../api/tagged";
import type { Job, Kind } from "../../api/types";
import { notify } from "../../app/notices";
import { formatDuration } from "../../components/format";
import { Section } from "../../components/Page";
import styles from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { asSchema, type Json } from "../../components/schema";
import { SchemaForm } from "../../components/SchemaForm";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { faultsIn } from "../kinds/faults";
import { beginJob, definitionOf, optionalOf, type JobFields } from "./jobFields";
import { defineJob, defineNext } from "./queries";

const words = text.jobs.form;

interface Props {
  kinds: readonly Kind[];
  before: Tagged<Job> | undefined;
  kind: string | undefined;
}

export function JobForm({ kinds, before, kind }: Props) {
  const [fields, setFields] = useState<JobFields>(() => beginJob(before?.value, kind));
  const chosen = kinds.find((one) => one.name === fields.kind);
  const client = useQueryClient();
  const navigate = useNavigate();
  const save = useMutation({
    mutationFn: () => (before === undefined ? defineJob(definitionOf(fields)) : defineNext(before.value.name, before.tag, definitionOf(fields, before.value))),
    onSuccess: async (job) => {
      notify(words.saved(shown(job.name, 80), job.version));
      await client.invalidateQueries({ queryKey: ["jobs"] });
      await navigate({ to: "/jobs", search: { job: job.name } });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const set = (part: Partial<JobFields>) => setFields({ ...fields, ...part });
  return (
    <form onSubmit={submit}>
      <Section title={words.what}><WhatRuns fields={fields} kinds={kinds} isNew={before === undefined} onChange={set} /></Section>
      <Section title={words.how}><HowItRuns fields={fields} kind={chosen} onChange={set} /></Section>
      <Section title={words.parameters} what={words.parametersHelp}>
        {chosen === undefined ? <p className={styles.soft}>{text.jobs.needsKind}</p> : (
          <SchemaForm key={chosen.name} schema={optionalOf(asSchema(chosen.parameter_schema))} value={fields.parameters} onChange={(parameters: Json) => set({ parameters })} serverFaults={faultsIn(save.error)} />
        )}
        {save.error !== null && <ProblemAlert error={save.error} />}
        <div className={styles.actions}>
          <Button type="submit" variant="contained" disabled={save.isPending}>{words.save}</Button>
          <Link to="/jobs" search={before === undefined ? {} : { job: before.value.name }}>{text.common.cancel}</Link>
        </div>
      </Section>
    </form>
  );
}

interface PartProps {
  fields: JobFields;
  onChange: (part: Partial<JobFields>) => void;
}

function WhatRuns({ fields, kinds, isNew, onChange }: PartProps & { kinds: readonly Kind[]; isNew: boolean }) {
  const names = [...new Set([...kinds.map((kind) => kind.name), ...(fields.kind === "" ? [] : [fields.kind])])];
  return (
    <div className={styles.form}>
      <TextField label={words.name} required value={fields.name} onChange={(event) => onChange({ name: event.target.value })} helperText={words.nameHelp} slotProps={{ htmlInput: { maxLength: 100, readOnly: !isNew } }} />
      <TextField select label={words.kind} required value={fields.kind} onChange={(event) => onChange({ kind: event.target.value, parameters: {} })}>
        {names.map((name) => <MenuItem key={name} value={name}>{shown(name, 100)}</MenuItem>)}
      </TextField>
      <TextField label={words.description} multiline value={fields.description} onChange={(event) => onChange({ description: event.target.value })} />
    </div>
  );
}

function HowItRuns({ fields, kind, onChange }: PartProps & { kind: Kind | undefined }) {
  return (
    <div className={styles.form}>
      <div className={styles.pair}>
        <TextField label={words.queue} required value={fields.queue} onChange={(event) => onChange({ queue: event.target.value })} />
        <TextField label={words.priority} type="number" value={fields.priority} onChange={(event) => onChange({ priority: event.target.value })} helperText={words.priorityHelp} slotProps={{ htmlInput: { min: -100, max: 100 } }} />
      </div>
      <div className={styles.pair}>
        <TextField label={words.attempts} type="number" value={fields.attempts} onChange={(event) => onChange({ attempts: event.target.value })} helperText={kind && words.kindsOwn(String(kind.max_attempts))} slotProps={{ htmlInput: { min: 1 } }} />
        <TextField label={words.timeout} type="number" value={fields.seconds} onChange={(event) => onChange({ seconds: event.target.value })} helperText={kind && words.kindsOwn(formatDuration(kind.timeout_ms))} slotProps={{ htmlInput: { min: 0.001, step: "any" } }} />
      </div>
      <TextField label={words.requires} value={fields.requires} onChange={(event) => onChange({ requires: event.target.value })} helperText={words.requiresHelp} />
      <TextField label={words.limit} value={fields.limit} onChange={(event) => onChange({ limit: event.target.value })} helperText={words.limitHelp} />
    </div>
  );
}
