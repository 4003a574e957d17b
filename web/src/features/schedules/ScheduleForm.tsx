/** The form of a schedule: what starts, when, and by which rules, with the next times as they would be. */
import { useState, type FormEvent } from "react";
import Button from "@mui/material/Button";
import MenuItem from "@mui/material/MenuItem";
import TextField from "@mui/material/TextField";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { newKey } from "../../api/idempotency";
import { usePages } from "../../api/pages";
import type { Tagged } from "../../api/tagged";
import type { Schedule } from "../../api/types";
import { notify } from "../../app/notices";
import { Section } from "../../components/Page";
import styles from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { calendarsQuery } from "../calendars/queries";
import { createSchedule, replaceSchedule } from "./queries";
import { withOwn, wordIn } from "./reading";
import { beginSchedule, definitionOf, type ScheduleFields } from "./scheduleFields";
import { TriggerFields } from "./TriggerFields";
import { WhatStarts } from "./WhatStarts";

const words = text.schedules.form;
const MISSED = ["skip", "one", "all"] as const;
const OVERLAP = ["allow", "skip", "queue", "cancel_previous"] as const;

export interface PartProps {
  fields: ScheduleFields;
  onChange: (part: Partial<ScheduleFields>) => void;
}

interface Props {
  before: Tagged<Schedule> | undefined;
  job: string | undefined;
  kind: string | undefined;
}

export function ScheduleForm({ before, job, kind }: Props) {
  const [fields, setFields] = useState<ScheduleFields>(() => beginSchedule(before?.value, job, kind));
  // One form is one schedule, however often its button is pressed or its answer is lost.
  const [key] = useState(newKey);
  const client = useQueryClient();
  const navigate = useNavigate();
  const save = useMutation({
    mutationFn: () => (before === undefined ? createSchedule(key, definitionOf(fields)) : replaceSchedule(before.value.name, before.tag, definitionOf(fields))),
    onSuccess: async (schedule) => {
      notify(words.saved(shown(schedule.name, 80)));
      await client.invalidateQueries({ queryKey: ["schedules"] });
      await navigate({ to: "/schedules", search: { schedule: schedule.name } });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const set = (part: Partial<ScheduleFields>) => setFields((now) => ({ ...now, ...part }));
  return (
    <form onSubmit={submit}>
      <Section title={words.what} what={words.ownRights}><WhatStarts fields={fields} isNew={before === undefined} error={save.error} onChange={set} /></Section>
      <Section title={words.when}><TriggerFields fields={fields} onChange={set} /></Section>
      <Section title={words.rules} what={words.rulesWhat}>
        <Rules fields={fields} onChange={set} />
        {save.error !== null && <ProblemAlert error={save.error} />}
        <div className={styles.actions}>
          <Button type="submit" variant="contained" disabled={save.isPending}>{words.save}</Button>
          <Link to="/schedules" search={before === undefined ? {} : { schedule: before.value.name }}>{text.common.cancel}</Link>
        </div>
      </Section>
    </form>
  );
}

function Rules({ fields, onChange }: PartProps) {
  const whole = { htmlInput: { min: 0, step: 1 } };
  return (
    <div className={styles.form}>
      <div className={styles.pair}>
        <TextField select label={words.overlap} value={fields.overlap} onChange={(event) => onChange({ overlap: event.target.value })}>
          {withOwn(OVERLAP, fields.overlap).map((one) => <MenuItem key={one} value={one}>{wordIn(text.schedules.overlap, one)}</MenuItem>)}
        </TextField>
        <TextField select label={words.missed} value={fields.missed} onChange={(event) => onChange({ missed: event.target.value })}>
          {withOwn(MISSED, fields.missed).map((one) => <MenuItem key={one} value={one}>{wordIn(text.schedules.missed, one)}</MenuItem>)}
        </TextField>
      </div>
      <div className={styles.pair}>
        <TextField type="number" label={words.maxRuns} value={fields.maxRuns} onChange={(event) => onChange({ maxRuns: event.target.value })} slotProps={whole} />
        <TextField type="number" label={words.jitter} value={fields.jitter} onChange={(event) => onChange({ jitter: event.target.value })} slotProps={whole} />
      </div>
      <div className={styles.pair}>
        <MomentField label={words.startAt} value={fields.startAt} onChange={(startAt) => onChange({ startAt })} />
        <MomentField label={words.endAt} value={fields.endAt} onChange={(endAt) => onChange({ endAt })} />
      </div>
      <CalendarChoice fields={fields} onChange={onChange} />
    </div>
  );
}

function CalendarChoice({ fields, onChange }: PartProps) {
  const { rows } = usePages(calendarsQuery);
  const chosen = fields.calendars === "" ? [] : fields.calendars.split(/[\s,]+/);
  const names = [...new Set([...rows.map(({ name }) => name), ...chosen])];
  if (names.length === 0) return <p className={styles.soft}>{words.noCalendars} <Link to="/schedules" search={{ tab: "calendars" }}>{words.toCalendars}</Link></p>;
  return (
    <TextField select label={words.calendars} value={chosen} onChange={(event) => onChange({ calendars: [event.target.value].flat().join(", ") })} helperText={words.calendarsHelp} slotProps={{ select: { multiple: true } }}>
      {names.map((name) => <MenuItem key={name} value={name}>{shown(name, 100)}</MenuItem>)}
    </TextField>
  );
}

interface MomentProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  help?: string;
  required?: boolean;
}

export function MomentField({ label, value, onChange, help, required = false }: MomentProps) {
  return <TextField type="datetime-local" label={label} required={required} value={value} onChange={(event) => onChange(event.target.value)} helperText={help} slotProps={{ inputLabel: { shrink: true }, htmlInput: { step: 1 } }} />;
}
