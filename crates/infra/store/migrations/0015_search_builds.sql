-- How far what messages are found by was built anew. While there is a row, searches ask to come again later.

CREATE TABLE search_builds (
    id BIGINT PRIMARY KEY,
    last_id BIGINT NOT NULL,
    indexed BIGINT NOT NULL
);
