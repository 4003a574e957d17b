/** Choosing one of the roles there are. */
import MenuItem from "@mui/material/MenuItem";
import TextField from "@mui/material/TextField";
import { usePages } from "../../api/pages";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { rolesQuery } from "./queries";

export function RoleSelect({ value, onChange, disabled = false }: { value: string; onChange: (role: string) => void; disabled?: boolean }) {
  const roles = usePages(rolesQuery).rows.map((role) => role.name);
  const names = [...new Set([...roles, ...(value === "" ? [] : [value])])];
  return (
    <TextField select label={text.admin.users.role} required disabled={disabled} value={value} onChange={(event) => onChange(event.target.value)}>
      {names.map((name) => <MenuItem key={name} value={name}>{shown(name, 80)}</MenuItem>)}
    </TextField>
  );
}
