/** The bar: search, palette, whether the page is live, the reader. */
import IconButton from "@mui/material/IconButton";
import Tooltip from "@mui/material/Tooltip";
import { Icon } from "../../components/Icon";
import { text } from "../../texts";
import { useHub, useLiveState } from "../live/LiveContext";
import styles from "./Frame.module.css";
import { MeMenu } from "./MeMenu";
import { Search } from "./Search";

interface Props {
  onMenu: () => void;
  onPalette: () => void;
  onKeys: () => void;
}

export function TopBar({ onMenu, onPalette, onKeys }: Props) {
  return (
    <header className={styles.bar}>
      <span className={styles.menu}><IconButton onClick={onMenu} aria-label={text.frame.menu}><Icon name="menu" /></IconButton></span>
      <Search />
      <span className={styles.wide}>
        <Tooltip title={`${text.frame.palette} (Ctrl-K)`}>
          <IconButton onClick={onPalette} aria-label={text.frame.palette}><kbd>Ctrl&nbsp;K</kbd></IconButton>
        </Tooltip>
      </span>
      <span className={styles.grow} />
      <LiveDot />
      <span className={styles.wide}>
        <Tooltip title={`${text.frame.keys} (?)`}>
          <IconButton onClick={onKeys} aria-label={text.frame.keys}><Icon name="help" /></IconButton>
        </Tooltip>
      </span>
      <MeMenu />
    </header>
  );
}

function LiveDot() {
  const hub = useHub();
  const state = useLiveState();
  const paused = state === "paused";
  return (
    <Tooltip title={state === "lost" ? text.frame.tryNow : `${paused ? text.frame.resume : text.frame.pause} (p)`}>
      <button
        type="button"
        className={styles.live}
        data-state={state}
        aria-label={`${text.frame[state]}. ${state === "lost" ? text.frame.tryNow : paused ? text.frame.resume : text.frame.pause}`}
        onClick={() => (state === "lost" ? void hub.refresh() : hub.setPaused(!paused))}
      >
        <span className={styles.dot} />
        <span className={styles.liveWord}>{text.frame[state]}</span>
      </button>
    </Tooltip>
  );
}
