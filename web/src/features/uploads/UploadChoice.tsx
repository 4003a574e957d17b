/** Choosing one of one's uploaded files, or uploading one. */
import MenuItem from "@mui/material/MenuItem";
import TextField from "@mui/material/TextField";
import { usePages } from "../../api/pages";
import styles from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { AddUpload } from "./AddUpload";
import { uploadsQuery } from "./queries";

const words = text.uploads;

export function UploadChoice({ value, onChange }: { value: string; onChange: (upload: string) => void }) {
  const { rows, error, isPending } = usePages(uploadsQuery);
  return (
    <div className={styles.stack}>
      <p className={styles.soft}>{words.what}</p>
      {error !== null && rows.length === 0 && <ProblemAlert error={error} />}
      {rows.length === 0 && !isPending && error === null && <p>{words.none}</p>}
      {rows.length > 0 && (
        <TextField select required label={words.choose} value={value} onChange={(event) => onChange(event.target.value)}>
          {rows.map((upload) => <MenuItem key={upload.id} value={upload.id}>{words.item(shown(upload.original_name, 80), upload.items)}</MenuItem>)}
        </TextField>
      )}
      <div><AddUpload onAdded={(upload) => onChange(upload.id)} /></div>
    </div>
  );
}
