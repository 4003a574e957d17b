/** Numbers with their noun. */
import { formatCount } from "../../components/format";

export const many = (count: number, one: string, more = `${one}s`) => `${formatCount(count)} ${count === 1 ? one : more}`;
