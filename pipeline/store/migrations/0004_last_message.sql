-- A card that was sent by a bot which was killed before it wrote so has an id after this one.
ALTER TABLE chats ADD COLUMN last_message_id bigint;
COMMENT ON COLUMN chats.last_message_id IS 'The newest message of ours in the chat that is known to have arrived';
