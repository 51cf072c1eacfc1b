//! All SQL of Daybook, for SQLite and PostgreSQL; one file for each noun.
