-- carried --
-- Settings of the server that what is restored, or migrated, may hang on; those that we may see.
SELECT name, setting FROM pg_settings WHERE name IN ('shared_preload_libraries', 'max_connections',
    'max_locks_per_transaction', 'max_prepared_transactions', 'default_text_search_config', 'TimeZone')
ORDER BY 1;
