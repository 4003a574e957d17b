/** What is said about uploaded files of items. */
import { many } from "./many";
import { formatCount } from "../../components/format";

const size = (bytes: number) => (bytes < 1024 ? many(bytes, "byte") : bytes < 1_048_576 ? `${formatCount(Math.round(bytes / 102.4) / 10)} kB` : `${formatCount(Math.round(bytes / 104_857.6) / 10)} MB`);

export const uploads = {
  uploads: {
    title: "Uploads", columns: { name: "File", items: "Items", size: "Size", added: "Uploaded", sum: "SHA-256", actions: "Actions" },
    size, what: "Files of items, yours alone. A run takes one task for each item.",
    add: "Upload a file", adding: "Uploading", added: (name: string, items: number) => `${name} is kept: ${many(items, "item")}`,
    empty: "No uploads yet", emptyWhat: "A file is a JSON list with one object for each task. It is read item by item before it is kept.",
    download: (name: string) => `Download ${name}`, downloadShort: "Download", run: "Run", runTitle: (name: string) => `Run the items of ${name}`, runWhat: (items: number) => `${many(items, "task")}, one for each item. None starts when one is wrong.`,
    remove: "Delete", removeTitle: (name: string) => `Delete ${name}?`, removeWhat: "Runs that were made of it stay.", removing: (name: string) => `Deleting ${name}`, removed: (name: string) => `${name} is deleted`,
    choose: "Uploaded file", none: "There is no uploaded file yet.", item: (name: string, items: number) => `${name}, ${many(items, "item")}`, mode: "An uploaded file", kind: "Kind",
  },
};
