/** The name under which this browser remembers that postings were searched once. */
export const POSTINGS_SEARCHED = "postings.searched";
