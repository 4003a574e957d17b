/** The numbers to be read from two metres. Each is a link to what it counts. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Count } from "../../components/Count";
import { formatCount } from "../../components/format";
import { Icon } from "../../components/Icon";
import { StateGlyph } from "../../components/StateBadge";
import { text } from "../../texts";
import { countsQuery } from "../runs/queries";
import styles from "./home.module.css";
import { FAILURES_COUNTED, failuresQuery, postingCountQuery } from "./queries";

const words = text.home.tiles;
const WAITING = ["queued", "waiting", "cancelling"];

export function Tiles({ may }: { may: (permission: string) => boolean }) {
  return (
    <div className={styles.tiles}>
      {may("runs:read") && <RunTiles />}
      {may("postings:read") && <PostingTile />}
    </div>
  );
}

function RunTiles() {
  const counts = useQuery(countsQuery).data;
  const failures = useQuery(failuresQuery).data?.items.length;
  const sum = (states: readonly string[]) => counts?.filter((one) => states.includes(one.state)).reduce((total, one) => total + one.count, 0);
  const all = counts?.reduce((total, one) => total + one.count, 0);
  return (
    <>
      <Link to="/runs" search={{ state: "running" }} className={styles.tile}>
        <b><Number value={sum(["running"])} /></b><span><StateGlyph state="running" />{words.running}</span>
      </Link>
      <Link to="/runs" search={{ state: WAITING.join(",") }} className={styles.tile}>
        <b><Number value={sum(WAITING)} /></b><span><StateGlyph state="waiting" />{words.waiting}</span>
      </Link>
      <Link to="/runs" search={{ state: "failed,timed_out,partial", after: "24h" }} className={styles.tile}>
        <b>{failures === FAILURES_COUNTED ? text.home.orMore(formatCount(failures)) : <Number value={failures} />}</b><span><StateGlyph state="failed" />{words.failed}</span>
      </Link>
      <Link to="/runs" className={styles.tile}>
        <b><Number value={all} /></b><span><Icon name="runs" size={14} />{words.ended}</span>
      </Link>
    </>
  );
}

function PostingTile() {
  const total = useQuery(postingCountQuery).data;
  return (
    <Link to="/postings" className={styles.tile}>
      <b><Number value={total} /></b><span><Icon name="postings" size={14} />{words.postings}</span>
    </Link>
  );
}

const Number = ({ value }: { value: number | undefined }) => (value === undefined ? <>{text.common.none}</> : <Count value={value} />);
