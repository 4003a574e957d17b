/** The button that uploads a file of items. */
import { useRef } from "react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { asProblem } from "../../api/problem";
import type { Upload } from "../../api/types";
import { notify } from "../../app/notices";
import { useMissing } from "../../app/session/me";
import { ActionButton } from "../../components/ConfirmWithUndo";
import { shown } from "../../components/shown";
import { text } from "../../texts";
import { addUpload } from "./queries";

const words = text.uploads;

export function AddUpload({ onAdded }: { onAdded?: (upload: Upload) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const missing = useMissing("runs:submit");
  const client = useQueryClient();
  const add = useMutation({
    mutationFn: addUpload,
    onSuccess: async (upload) => {
      notify(words.added(shown(upload.original_name, 80), upload.items));
      await client.invalidateQueries({ queryKey: ["uploads"] });
      onAdded?.(upload);
    },
    onError: (problem) => notify(shown(asProblem(problem).detail, 300), "failed"),
  });
  return (
    <>
      <ActionButton label={add.isPending ? words.adding : words.add} icon="add" disabledWhy={missing ?? (add.isPending ? words.adding : undefined)} onClick={() => input.current?.click()} />
      <input
        ref={input} type="file" accept="application/json,.json" hidden aria-label={words.add}
        onChange={(event) => {
          const file = event.target.files?.[0];
          // The same file may be chosen again after it was mended.
          event.target.value = "";
          if (file !== undefined) add.mutate(file);
        }}
      />
    </>
  );
}
