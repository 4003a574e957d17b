/** When a schedule starts: a moment, an interval or clock times, and at once which times that means. */
import { useEffect, useId, useState } from "react";
import Tab from "@mui/material/Tab";
import Tabs from "@mui/material/Tabs";
import TextField from "@mui/material/TextField";
import { useQuery } from "@tanstack/react-query";
import { asProblem } from "../../api/problem";
import parts from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { text } from "../../texts";
import { faultsIn } from "../kinds/faults";
import { NextTimes } from "./NextTimes";
import { foretell } from "./queries";
import { MomentField, type PartProps } from "./ScheduleForm";
import { foretoldOf, hasTime, ownZone, TRIGGERS, type ScheduleFields, type TriggerType } from "./scheduleFields";
import styles from "./schedules.module.css";

const words = text.schedules.form;
const FORETOLD = 5;
/** How long after the last key the times are asked for. */
const PAUSE = 350;

function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

function useForetold(fields: ScheduleFields) {
  const settled = useSettled(fields);
  const asked = foretoldOf(settled);
  const isEnough = hasTime(settled);
  const query = useQuery({
    queryKey: ["schedules", "foretold", asked],
    queryFn: () => foretell(asked, FORETOLD),
    enabled: isEnough,
    gcTime: 30_000,
  });
  return { ...query, isEnough };
}

export function TriggerFields({ fields, onChange }: PartProps) {
  const foretold = useForetold(fields);
  const faults = foretold.isEnough ? faultsIn(foretold.error) : [];
  const faultOf = (field: string) => faults.find((fault) => fault.field === `/trigger/${field}`)?.message;
  return (
    <div className={parts.form}>
      <Tabs value={fields.trigger} onChange={(_, trigger: TriggerType) => onChange({ trigger })} aria-label={words.trigger}>
        {TRIGGERS.map((one) => <Tab key={one} value={one} label={words.triggers[one]} />)}
      </Tabs>
      {fields.trigger === "once" && <MomentField required label={words.at} value={fields.at} onChange={(at) => onChange({ at })} help={words.atHelp(ownZone())} />}
      {fields.trigger === "every" && (
        <div className={parts.pair}>
          <TextField required label={words.interval} value={fields.interval} onChange={(event) => onChange({ interval: event.target.value })} error={faultOf("interval") !== undefined} helperText={faultOf("interval") ?? words.intervalHelp} />
          <MomentField label={words.anchor} value={fields.anchor} onChange={(anchor) => onChange({ anchor })} help={words.anchorHelp} />
        </div>
      )}
      {fields.trigger === "cron" && <CronFields fields={fields} onChange={onChange} faultOf={faultOf} />}
      <Foretold fields={fields} foretold={foretold} />
    </div>
  );
}

function CronFields({ fields, onChange, faultOf }: PartProps & { faultOf: (field: string) => string | undefined }) {
  const zones = useId();
  return (
    <>
      <div className={parts.pair}>
        <TextField required label={words.expression} value={fields.expression} onChange={(event) => onChange({ expression: event.target.value })} error={faultOf("expression") !== undefined} helperText={faultOf("expression") ?? words.expressionHelp} slotProps={{ htmlInput: { spellCheck: false, autoComplete: "off" } }} />
        <TextField required label={words.zone} value={fields.zone} onChange={(event) => onChange({ zone: event.target.value })} error={faultOf("zone") !== undefined} helperText={faultOf("zone") ?? words.zoneHelp} slotProps={{ htmlInput: { list: zones, spellCheck: false } }} />
        <datalist id={zones}>{["UTC", ...Intl.supportedValuesOf("timeZone")].map((zone) => <option key={zone} value={zone} />)}</datalist>
      </div>
      <p className={styles.presets} role="group" aria-label={words.examples}>
        {words.examples}
        {Object.entries(words.presets).map(([expression, label]) => <button key={expression} type="button" aria-pressed={fields.expression === expression} onClick={() => onChange({ expression })}>{label}</button>)}
      </p>
    </>
  );
}

function Foretold({ fields, foretold }: { fields: ScheduleFields; foretold: ReturnType<typeof useForetold> }) {
  const { data, error, isEnough, isPending } = foretold;
  const problem = error === null ? undefined : asProblem(error);
  const isAtField = problem?.violations?.some(({ field }) => /^\/trigger\/(?:interval|expression|zone)$/.test(field)) ?? false;
  return (
    <section className={styles.preview} aria-live="polite" aria-label={words.preview}>
      <h3>{words.preview}</h3>
      {!isEnough && <p className={parts.soft}>{words.fill}</p>}
      {isEnough && isPending && <p className={parts.soft}>{words.previewing}</p>}
      {isEnough && problem !== undefined && !isAtField && <ProblemAlert error={error} />}
      {isEnough && error === null && data?.length === 0 && <p>{words.noTimes}</p>}
      {isEnough && error === null && data && data.length > 0 && <NextTimes times={data} zone={fields.trigger === "cron" ? fields.zone : undefined} />}
    </section>
  );
}
