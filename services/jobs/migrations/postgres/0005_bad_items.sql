-- Items that were wrong and left out of a run, as whoever submitted it asked: the first of them; runs.bad_items counts
-- them all.

CREATE TABLE bad_items (
  run bigint NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
  position bigint NOT NULL CONSTRAINT bad_items_position CHECK (position >= 0),
  reason text NOT NULL,
  PRIMARY KEY (run, position)
);
