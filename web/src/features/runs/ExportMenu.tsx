/** The whole list under the present filters as a file, not only what is on the page. */
import { useState } from "react";
import Button from "@mui/material/Button";
import Menu from "@mui/material/Menu";
import MenuItem from "@mui/material/MenuItem";
import type { Run } from "../../api/types";
import { asProblem } from "../../api/problem";
import { notify } from "../../app/notices";
import { useShortcuts } from "../../app/shortcuts";
import { download, toCsv } from "../../components/exporting";
import { Icon } from "../../components/Icon";
import { text } from "../../texts";
import { RUN_COLUMNS } from "./columns";
import { listRuns, type RunQuery } from "./queries";

const PAGE = 500;
/** More than this is for the command line: `metier runs list --all --json`. */
const MOST = 50_000;

async function readAll(query: RunQuery, told: (count: number) => void): Promise<{ runs: Run[]; isWhole: boolean }> {
  const runs: Run[] = [];
  let after: string | undefined;
  do {
    const page = await listRuns(query, after, PAGE);
    runs.push(...page.items);
    told(runs.length);
    after = page.next ?? undefined;
  } while (after !== undefined && runs.length < MOST);
  return { runs, isWhole: after === undefined };
}

export function ExportMenu({ query }: { query: RunQuery }) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [button, setButton] = useState<HTMLButtonElement | null>(null);
  const [count, setCount] = useState<number | null>(null);
  const save = async (format: "csv" | "json") => {
    setAnchor(null);
    setCount(0);
    try {
      const { runs, isWhole } = await readAll(query, setCount);
      if (format === "csv") download("runs.csv", "text/csv", toCsv(RUN_COLUMNS, runs));
      else download("runs.json", "application/json", JSON.stringify(runs, null, 2));
      notify(isWhole ? text.runs.exported(runs.length) : text.runs.exportPart(runs.length));
    } catch (error) {
      notify(asProblem(error).detail, "failed");
    }
    setCount(null);
  };
  useShortcuts([{ keys: "e", label: text.table.export, group: text.table.group, run: () => setAnchor(button) }]);
  return (
    <>
      <Button ref={setButton} variant="outlined" startIcon={<Icon name="download" size={16} />} disabled={count !== null} aria-haspopup="menu" onClick={(event) => setAnchor(event.currentTarget)}>
        {count === null ? text.runs.export : text.runs.exporting(count)}
      </Button>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
        <MenuItem onClick={() => void save("csv")}>{text.runs.exportCsv}</MenuItem>
        <MenuItem onClick={() => void save("json")}>{text.runs.exportJson}</MenuItem>
      </Menu>
    </>
  );
}
