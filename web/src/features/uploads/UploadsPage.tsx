/** One's uploaded files of items: adding, running, downloading and deleting them. */
import { useState } from "react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { usePages } from "../../api/pages";
import { asProblem } from "../../api/problem";
import type { Upload } from "../../api/types";
import { notify } from "../../app/notices";
import { useMissing } from "../../app/session/me";
import { ActionButton, ConfirmWithUndo } from "../../components/ConfirmWithUndo";
import { DataTable, type Column } from "../../components/DataTable";
import { EmptyState } from "../../components/EmptyState";
import { formatCount } from "../../components/format";
import { Icon } from "../../components/Icon";
import { Page } from "../../components/Page";
import styles from "../../components/Parts.module.css";
import { ProblemAlert } from "../../components/ProblemAlert";
import { RelativeTime } from "../../components/RelativeTime";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { AddUpload } from "./AddUpload";
import { contentOf, deleteUpload, uploadsQuery } from "./queries";
import { RunUpload } from "./RunUpload";

const words = text.uploads;

const COLUMNS: readonly Column<Upload>[] = [
  { id: "name", label: words.columns.name, width: "minmax(110px, 1.4fr)", cell: (upload) => <b title={shown(upload.name, 200)}>{shown(upload.original_name, 120)}</b>, value: (upload) => upload.original_name },
  { id: "items", label: words.columns.items, width: "80px", end: true, from: 420, cell: (upload) => formatCount(upload.items), value: (upload) => upload.items },
  { id: "size", label: words.columns.size, width: "84px", end: true, from: 560, cell: (upload) => words.size(upload.size), value: (upload) => upload.size },
  { id: "added", label: words.columns.added, width: "90px", end: true, from: 640, cell: (upload) => <RelativeTime at={upload.created_at} quiet />, value: (upload) => upload.created_at },
  { id: "sum", label: words.columns.sum, width: "minmax(80px, 1fr)", from: 1000, cell: (upload) => <code>{shown(upload.sha256, 64)}</code>, value: (upload) => upload.sha256 },
  { id: "actions", label: words.columns.actions, width: "minmax(176px, 230px)", end: true, cell: (upload) => <Actions upload={upload} />, value: () => null },
];

export function UploadsPage() {
  const { rows, error, isPending, more } = usePages(uploadsQuery);
  const [running, setRunning] = useState<Upload>();
  const add = <AddUpload />;
  return (
    <Page fill title={words.title} heading={<><h1>{words.title}</h1><p className={styles.soft}>{words.what}</p></>} actions={add}>
      <div className={styles.column}>
        {error !== null && rows.length === 0 && <div className={styles.inset}><ProblemAlert error={error} /></div>}
        {rows.length === 0 && !isPending && error === null && <EmptyState title={words.empty} action={add}>{words.emptyWhat}</EmptyState>}
        {rows.length > 0 && <DataTable label={words.title} columns={COLUMNS} rows={rows} rowKey={(upload) => upload.id} rowLabel={(upload) => upload.original_name} onOpen={setRunning} more={more} memory="uploads" />}
      </div>
      {running && <RunUpload upload={running} onClose={() => setRunning(undefined)} />}
    </Page>
  );
}

function Actions({ upload }: { upload: Upload }) {
  const client = useQueryClient();
  const [running, setRunning] = useState(false);
  const missing = useMissing("runs:submit");
  const name = shown(upload.original_name, 80);
  const remove = useMutation({
    mutationFn: () => deleteUpload(upload.id),
    onSuccess: () => notify(words.removed(name)),
    onError: (problem) => notify(asProblem(problem).detail, "failed"),
    onSettled: () => client.invalidateQueries({ queryKey: ["uploads"] }),
  });
  return (
    <span className={styles.rowActions}>
      <a href={contentOf(upload)} download={upload.original_name} aria-label={words.download(name)} title={words.downloadShort}><Icon name="download" size={16} /></a>
      <ActionButton label={words.run} disabledWhy={missing} onClick={() => setRunning(true)} />
      <ConfirmWithUndo danger label={words.remove} title={words.removeTitle(name)} announce={words.removing(name)} disabledWhy={missing} onConfirm={() => remove.mutate()}>{words.removeWhat}</ConfirmWithUndo>
      {running && <RunUpload upload={upload} onClose={() => setRunning(false)} />}
    </span>
  );
}
