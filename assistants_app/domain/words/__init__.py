"""Words of texts and searches, in any language, without the database's parser or locale."""
