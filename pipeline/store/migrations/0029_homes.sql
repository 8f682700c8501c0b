-- works with: 0025
-- Each project has a home chat; several may share one.

CREATE TABLE homes (
    project_id  bigint NOT NULL REFERENCES projects,
    chat_id     bigint NOT NULL,
    known_since timestamptz NOT NULL DEFAULT now(),
    home_since  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (project_id, chat_id)
);
COMMENT ON TABLE homes IS 'Where the bot speaks by itself of each project; former ones stay';
COMMENT ON COLUMN homes.known_since IS 'Since when the chat is told of what becomes of the project';
COMMENT ON COLUMN homes.home_since IS 'The newest of a project is its home';

INSERT INTO homes (project_id, chat_id, known_since, home_since)
SELECT projects.id, chat_id, known_since, home_since FROM chats, projects WHERE home_since IS NOT NULL;

COMMENT ON COLUMN chats.known_since IS 'Of before each project had a home; no longer read';
COMMENT ON COLUMN chats.home_since IS 'Of before each project had a home; no longer read';
