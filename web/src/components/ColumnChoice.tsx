/** Which columns a table shows, chosen by the reader and remembered. */
import { useState } from "react";
import Button from "@mui/material/Button";
import Menu from "@mui/material/Menu";
import MenuItem from "@mui/material/MenuItem";
import { isStrings, usePreference } from "../app/theme/preferences";
import { text } from "../texts";
import type { Column } from "./DataTable";
import { Icon } from "./Icon";

const NOTHING: string[] = [];

/** The columns to show, and the set of those that differ from the usual choice. */
export function useColumns<T>(name: string, columns: readonly Column<T>[]) {
  const [changed, setChanged] = usePreference(`columns.${name}`, NOTHING, isStrings);
  const isShown = (column: Column<T>) => changed.includes(column.id) === (column.hidden ?? false);
  const toggle = (id: string) =>
    setChanged(changed.includes(id) ? changed.filter((one) => one !== id) : [...changed, id]);
  return { shown: columns.filter(isShown), isShown, toggle };
}

interface Props<T> {
  columns: readonly Column<T>[];
  isShown: (column: Column<T>) => boolean;
  onToggle: (id: string) => void;
}

export function ColumnChoice<T>({ columns, isShown, onToggle }: Props<T>) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const only = columns.filter(isShown).length === 1;
  return (
    <>
      <Button variant="outlined" startIcon={<Icon name="columns" size={16} />} onClick={(event) => setAnchor(event.currentTarget)} aria-haspopup="menu">
        {text.table.columns}
      </Button>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
        {columns.map((column) => (
          <MenuItem key={column.id} role="menuitemcheckbox" aria-checked={isShown(column)} disabled={only && isShown(column)} onClick={() => onToggle(column.id)}>
            <span style={{ width: 18 }}>{isShown(column) && <Icon name="check" size={16} />}</span>
            {column.label}
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
