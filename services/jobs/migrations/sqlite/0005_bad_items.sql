-- Items that were wrong and left out of a run, as whoever submitted it asked: the first of them; runs.bad_items counts
-- them all.

CREATE TABLE bad_items (
  run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
  position INTEGER NOT NULL CONSTRAINT bad_items_position CHECK (position >= 0),
  reason TEXT NOT NULL,
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
