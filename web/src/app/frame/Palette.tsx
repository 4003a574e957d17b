/** Commands by name: whatever has a key on this page, and the places. */
import { useId, useState, type KeyboardEvent } from "react";
import Dialog from "@mui/material/Dialog";
import { useColorScheme } from "@mui/material/styles";
import { text } from "../../texts";
import { useAllShortcuts } from "../shortcuts";
import styles from "./Frame.module.css";

interface Props {
  open: boolean;
  onClose: () => void;
  onKeys: () => void;
}

/** Moving a mark by a key makes no sense as a command. */
const MOVES = new Set(["j", "k", "x", "Enter", "ArrowDown", "ArrowUp", "mod+k", "?"]);

export function Palette({ open, onClose, onKeys }: Props) {
  return (
    <Dialog open={open} onClose={onClose} aria-label={text.frame.palette} maxWidth="sm" fullWidth sx={{ "& .MuiDialog-container": { alignItems: "flex-start", paddingTop: "8vh" } }}>
      <Commands onClose={onClose} onKeys={onKeys} />
    </Dialog>
  );
}

function Commands({ onClose, onKeys }: Omit<Props, "open">) {
  const shortcuts = useAllShortcuts();
  const { setMode } = useColorScheme();
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const list = useId();
  const all = [
    ...shortcuts.filter((shortcut) => !MOVES.has(shortcut.keys)),
    ...(["light", "dark", "system"] as const).map((mode) => ({ keys: "", label: `${text.frame.theme}: ${text.theme[mode]}`, run: () => setMode(mode) })),
    { keys: "?", label: text.frame.keys, run: onKeys },
  ];
  const words = typed.toLowerCase().split(/\s+/);
  const found = all.filter((one) => words.every((word) => one.label.toLowerCase().includes(word)));
  const choose = (index: number) => {
    onClose();
    // After the dialog has given the keyboard back.
    setTimeout(() => found[index]?.run());
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setActive(Math.min(active + 1, found.length - 1));
    else if (event.key === "ArrowUp") setActive(Math.max(active - 1, 0));
    else if (event.key === "Enter") choose(active);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <input
        className={styles.paletteInput}
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={`${list}-${active}`}
        aria-label={text.frame.paletteHint}
        placeholder={text.frame.paletteHint}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setActive(0);
        }}
        onKeyDown={key}
      />
      <div className={styles.paletteList} role="listbox" id={list} aria-label={text.frame.palette}>
        {found.map((one, index) => (
          <div key={`${one.keys} ${one.label}`} id={`${list}-${index}`} role="option" aria-selected={index === active} className={styles.result} onClick={() => choose(index)}>
            {one.label}
            {one.keys !== "" && <kbd>{one.keys}</kbd>}
          </div>
        ))}
        {found.length === 0 && <p className={styles.quiet}>{text.frame.paletteNothing}</p>}
      </div>
    </>
  );
}
