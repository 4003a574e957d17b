/** The keyboard and pointer of a table: which row is active, and what pressing it does. */
import { useState, type MouseEvent } from "react";
import { useShortcuts } from "../app/shortcuts";
import { text } from "../texts";
import type { Selection } from "./DataTable";

interface Table<T> {
  rows: readonly T[];
  rowKey: (row: T) => string;
  onOpen: (row: T) => void;
  selection?: Selection;
  show: (index: number) => void;
}

export function useTableKeys<T>({ rows, rowKey, onOpen, selection, show }: Table<T>) {
  // The row is remembered by its key: rows that arrive above it do not move the mark.
  const [activeKey, setActiveKey] = useState<string>();
  const found = activeKey === undefined ? -1 : rows.findIndex((row) => rowKey(row) === activeKey);
  const active = found === -1 ? undefined : found;

  const go = (index: number) => {
    const clamped = Math.max(0, Math.min(rows.length - 1, index));
    const row = rows[clamped];
    if (row === undefined) return;
    setActiveKey(rowKey(row));
    show(clamped);
  };
  const toggle = (index: number) => {
    const row = rows[index];
    if (row === undefined || selection === undefined) return;
    const keys = new Set(selection.keys);
    if (!keys.delete(rowKey(row))) keys.add(rowKey(row));
    selection.onChange(keys);
  };
  const range = (from: number, to: number) => {
    if (selection === undefined) return;
    const between = rows.slice(Math.min(from, to), Math.max(from, to) + 1);
    selection.onChange(new Set([...selection.keys, ...between.map(rowKey)]));
  };
  const press = (event: MouseEvent, index: number) => {
    // Links, buttons and boxes in the row do what they do; what happens in a dialog that one of them opened is not here.
    if (event.target instanceof Element && event.target.closest("a, button, input") !== null) return;
    if (event.target instanceof Node && !event.currentTarget.contains(event.target)) return;
    const row = rows[index];
    if (row === undefined) return;
    const anchor = active;
    setActiveKey(rowKey(row));
    if (event.shiftKey && anchor !== undefined) range(anchor, index);
    else if (event.ctrlKey || event.metaKey) toggle(index);
    else onOpen(row);
  };
  const open = () => {
    const row = active === undefined ? undefined : rows[active];
    if (row !== undefined) onOpen(row);
  };

  const group = text.table.group;
  const down = () => go(active === undefined ? 0 : active + 1);
  const up = () => go(active === undefined ? 0 : active - 1);
  useShortcuts([
    { keys: "j", label: text.table.next, group, run: down },
    { keys: "k", label: text.table.previous, group, run: up },
    { keys: "ArrowDown", label: text.table.next, group, run: down },
    { keys: "ArrowUp", label: text.table.previous, group, run: up },
    { keys: "Enter", label: text.table.open, group, run: open },
    ...(selection === undefined
      ? []
      : [{ keys: "x", label: text.table.toggle, group, run: () => active !== undefined && toggle(active) }]),
  ]);
  return { active, press, toggle };
}
