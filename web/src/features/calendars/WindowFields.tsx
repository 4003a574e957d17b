/** One stretch of a calendar: days, days of the week, times of the day, and why. */
import IconButton from "@mui/material/IconButton";
import TextField from "@mui/material/TextField";
import { Icon } from "../../components/Icon";
import { text } from "../../texts";
import styles from "./calendars.module.css";
import { DAYS, type Day, type Window } from "./windows";

const words = text.calendars;

interface Props {
  number: number;
  window: Window;
  onChange: (part: Partial<Window>) => void;
  onRemove: (() => void) | undefined;
}

export function WindowFields({ number, window, onChange, onRemove }: Props) {
  const field = (name: "from" | "to" | "starts" | "ends", type: "date" | "time") => (
    <TextField type={type} label={words[name]} value={window[name]} onChange={(event) => onChange({ [name]: event.target.value })} slotProps={{ inputLabel: { shrink: true } }} />
  );
  const turn = (day: Day) => onChange({ weekdays: window.weekdays.includes(day) ? window.weekdays.filter((one) => one !== day) : DAYS.filter((one) => one === day || window.weekdays.includes(one)) });
  return (
    <fieldset className={styles.window}>
      <legend>{words.stretch(number)}</legend>
      <div className={styles.spans}>{field("from", "date")}{field("to", "date")}{field("starts", "time")}{field("ends", "time")}</div>
      <div className={styles.days} role="group" aria-label={words.weekdays}>
        {DAYS.map((day) => (
          <label key={day}><input type="checkbox" checked={window.weekdays.includes(day)} onChange={() => turn(day)} />{words.days[day]}</label>
        ))}
      </div>
      <div className={styles.last}>
        <TextField fullWidth label={words.reason} value={window.reason} onChange={(event) => onChange({ reason: event.target.value })} slotProps={{ htmlInput: { maxLength: 200 } }} />
        {onRemove && <IconButton aria-label={words.removeWindow(number)} onClick={onRemove}><Icon name="close" /></IconButton>}
      </div>
    </fieldset>
  );
}
