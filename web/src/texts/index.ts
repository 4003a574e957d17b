/** The texts in use. A second language is a second file of the same shape, and a choice made here. */
import { en } from "./en";

export type Texts = typeof en;
export const text: Texts = en;
