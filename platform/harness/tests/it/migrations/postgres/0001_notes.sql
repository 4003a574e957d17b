CREATE TABLE notes (
    number BIGINT PRIMARY KEY,
    text TEXT NOT NULL
);
