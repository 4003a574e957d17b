/** Theme and rows, for this browser. */
import { useColorScheme } from "@mui/material/styles";
import { useDensity } from "../../app/theme/preferences";
import { text } from "../../texts";
import styles from "./profile.module.css";

export function Look() {
  const { mode, setMode } = useColorScheme();
  const [density, setDensity] = useDensity();
  return (
    <div className={styles.choices}>
      <Choice name="theme" label={text.frame.theme} options={text.theme} value={mode ?? "system"} onChange={setMode} />
      <Choice name="density" label={text.frame.density} options={text.density} value={density} onChange={setDensity} />
    </div>
  );
}

interface Props<T extends string> {
  name: string;
  label: string;
  options: Readonly<Record<T, string>>;
  value: T;
  onChange: (value: T) => void;
}

function Choice<T extends string>({ name, label, options, value, onChange }: Props<T>) {
  return (
    <fieldset className={styles.choice}>
      <legend>{label}</legend>
      <div>
        {(Object.keys(options) as T[]).map((option) => (
          <label key={option}><input type="radio" name={name} checked={option === value} onChange={() => onChange(option)} />{options[option]}</label>
        ))}
      </div>
    </fieldset>
  );
}
