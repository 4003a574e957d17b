/** What the pages of uploads ask the API. */
import { api, sessionFetch, take } from "../../api/client";
import { newKey } from "../../api/idempotency";
import { pagesQuery } from "../../api/pages";
import { ProblemError, problemOf } from "../../api/problem";
import type { NewRun, Upload } from "../../api/types";

const UPLOADS = "/api/v1/uploads";

export const uploadsQuery = pagesQuery<Upload>(["uploads"], (after) => take(api.GET(UPLOADS, { params: { query: { limit: 100, ...after } } })));

/** Sent as it is, without being read here: a file may be larger than a page should hold. */
export async function addUpload(file: File): Promise<Upload> {
  const address = new URL(`${UPLOADS}?name=${encodeURIComponent(file.name)}`, window.location.origin);
  const answer = await sessionFetch(new Request(address, { method: "POST", headers: { "content-type": "application/json" }, body: file }));
  const body: unknown = await answer.json().catch(() => undefined);
  if (!answer.ok) throw new ProblemError(problemOf(body, answer));
  return body as Upload;
}

export const contentOf = (upload: Upload): string => `${UPLOADS}/${encodeURIComponent(upload.id)}/content`;

export const deleteUpload = (upload: string) => take(api.DELETE("/api/v1/uploads/{upload}", { params: { path: { upload } } }));

export const runUpload = (upload: string, kind: string, key = newKey()) => {
  const body: NewRun = { kind, upload };
  return take(api.POST("/api/v1/runs", { body, params: { header: { "Idempotency-Key": key } } }));
};
