/** Making a calendar, or changing one. */
import { useState } from "react";
import TextField from "@mui/material/TextField";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { newKey } from "../../api/idempotency";
import type { Tagged } from "../../api/tagged";
import type { Calendar, NewCalendar } from "../../api/types";
import { notify } from "../../app/notices";
import { ActionButton } from "../../components/ConfirmWithUndo";
import { FormDialog } from "../../components/FormDialog";
import styles from "../../components/Parts.module.css";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { createCalendar, replaceCalendar } from "./queries";
import { WindowFields } from "./WindowFields";
import { definitionOf, NO_WINDOW, windowOf, type Window } from "./windows";

const words = text.calendars;
/** What the API takes at most. */
const MOST = 500;

const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

interface Props {
  before: Tagged<Calendar> | undefined;
  onSaved: (name: string) => Promise<void>;
  onClose: () => void;
}

export function CalendarDialog({ before, onSaved, onClose }: Props) {
  const client = useQueryClient();
  const [name, setName] = useState(before?.value.name ?? "");
  const [zone, setZone] = useState(before?.value.zone ?? ownZone());
  const [windows, setWindows] = useState<readonly Window[]>(() => before?.value.windows.map(windowOf) ?? [NO_WINDOW]);
  // One form is one calendar, however often its button is pressed or its answer is lost.
  const [key] = useState(newKey);
  const save = useMutation({
    mutationFn: () => {
      const body: NewCalendar = { name, zone, windows: windows.map(definitionOf) };
      return before === undefined ? createCalendar(key, body) : replaceCalendar(before.value.name, before.tag, body);
    },
    onSuccess: async (calendar) => {
      notify(words.saved(shown(calendar.name, 80)));
      onClose();
      await onSaved(calendar.name);
      await client.invalidateQueries({ queryKey: ["calendars"] });
    },
  });
  const set = (place: number, part: Partial<Window>) => setWindows((now) => now.map((one, index) => (index === place ? { ...one, ...part } : one)));
  return (
    <FormDialog wide title={before === undefined ? words.addTitle : words.changeTitle(shown(before.value.name, 80))} what={words.what} submit={words.save} busy={save.isPending} error={save.error} onSubmit={() => save.mutate()} onClose={onClose}>
      <div className={styles.pair}>
        <TextField required autoFocus label={words.name} value={name} onChange={(event) => setName(event.target.value)} helperText={words.nameHelp} slotProps={{ htmlInput: { maxLength: 100 } }} />
        <TextField required label={words.zone} value={zone} onChange={(event) => setZone(event.target.value)} helperText={words.zoneHelp} />
      </div>
      {windows.map((window, index) => (
        <WindowFields key={index} number={index + 1} window={window} onChange={(part) => set(index, part)} onRemove={windows.length > 1 ? () => setWindows((now) => now.toSpliced(index, 1)) : undefined} />
      ))}
      <div><ActionButton label={words.addWindow} icon="add" disabledWhy={windows.length >= MOST ? words.count(MOST) : undefined} onClick={() => setWindows((now) => [...now, NO_WINDOW])} /></div>
    </FormDialog>
  );
}
