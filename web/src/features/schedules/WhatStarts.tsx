/** The part of a schedule's form that says what starts: a job by name or a kind, with parameters. */
import MenuItem from "@mui/material/MenuItem";
import Tab from "@mui/material/Tab";
import Tabs from "@mui/material/Tabs";
import TextField from "@mui/material/TextField";
import { useQuery } from "@tanstack/react-query";
import { usePages } from "../../api/pages";
import styles from "../../components/Parts.module.css";
import { asSchema, type Json } from "../../components/schema";
import { SchemaForm } from "../../components/SchemaForm";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { ItemsField } from "../jobs/ItemsField";
import { optionalOf } from "../jobs/jobFields";
import { jobsQuery } from "../jobs/queries";
import { faultsIn } from "../kinds/faults";
import { kindsQuery } from "../runs/queries";
import { withOwn } from "./reading";
import type { PartProps } from "./ScheduleForm";

const words = text.schedules.form;

export function WhatStarts({ fields, isNew, error, onChange }: PartProps & { isNew: boolean; error: unknown }) {
  return (
    <div className={styles.form}>
      <TextField label={words.name} required value={fields.name} onChange={(event) => onChange({ name: event.target.value })} helperText={words.nameHelp} slotProps={{ htmlInput: { maxLength: 100, readOnly: !isNew } }} />
      <TextField label={words.description} multiline value={fields.description} onChange={(event) => onChange({ description: event.target.value })} />
      <Tabs value={fields.starts} onChange={(_, starts: "job" | "kind") => onChange({ starts, parameters: {} })} aria-label={words.starts}>
        <Tab value="job" label={words.ofJob} /><Tab value="kind" label={words.ofKind} />
      </Tabs>
      {fields.starts === "job" ? <JobChoice fields={fields} onChange={onChange} /> : <KindChoice fields={fields} onChange={onChange} />}
      <Tasks fields={fields} error={error} onChange={onChange} />
    </div>
  );
}

function JobChoice({ fields, onChange }: PartProps) {
  const { rows } = usePages(jobsQuery);
  return (
    <TextField select required label={words.job} value={fields.job} onChange={(event) => onChange({ job: event.target.value, parameters: {} })}>
      {withOwn(rows.map((job) => job.name), fields.job).map((name) => <MenuItem key={name} value={name}>{shown(name, 100)}</MenuItem>)}
    </TextField>
  );
}

function KindChoice({ fields, onChange }: PartProps) {
  const kinds = useQuery(kindsQuery).data ?? [];
  return (
    <>
      <TextField select required label={words.kind} value={fields.kind} onChange={(event) => onChange({ kind: event.target.value, parameters: {} })}>
        {withOwn(kinds.map((kind) => kind.name), fields.kind).map((name) => <MenuItem key={name} value={name}>{shown(name, 100)}</MenuItem>)}
      </TextField>
      <div className={styles.pair}>
        <TextField label={words.queue} value={fields.queue} onChange={(event) => onChange({ queue: event.target.value })} />
        <TextField label={words.priority} type="number" value={fields.priority} onChange={(event) => onChange({ priority: event.target.value })} helperText={words.priorityHelp} slotProps={{ htmlInput: { min: -100, max: 100 } }} />
      </div>
    </>
  );
}

function useSchema({ starts, job, kind }: PartProps["fields"]) {
  const kinds = useQuery(kindsQuery).data;
  const jobs = usePages(jobsQuery).rows;
  const ofJob = jobs.find((one) => one.name === job)?.kind.name;
  const found = kinds?.find((one) => one.name === (starts === "job" ? ofJob : kind));
  if (found === undefined) return undefined;
  const schema = asSchema(found.parameter_schema);
  return { key: `${starts} ${job} ${found.name}`, schema: starts === "job" ? optionalOf(schema) : schema };
}

function Tasks({ fields, error, onChange }: PartProps & { error: unknown }) {
  const found = useSchema(fields);
  if (found === undefined && fields.tasks === "one") return null;
  const faults = faultsIn(error).map((fault) => ({ ...fault, field: fault.field.replace(/^\/start\/parameters/, "") }));
  return (
    <div className={styles.stack}>
      <Tabs value={fields.tasks} onChange={(_, tasks: "one" | "many") => onChange({ tasks })} aria-label={text.schedules.parameters}>
        <Tab value="one" label={words.one} /><Tab value="many" label={words.many} />
      </Tabs>
      {fields.starts === "job" && <p className={styles.soft}>{words.jobOver}</p>}
      {fields.tasks === "one" && found && <SchemaForm key={found.key} schema={found.schema} value={fields.parameters} onChange={(parameters: Json) => onChange({ parameters })} serverFaults={faults} />}
      {fields.tasks === "many" && <ItemsField value={fields.items} onChange={(items) => onChange({ items })} />}
    </div>
  );
}
