"""SQL that makes a table append-only: the database itself refuses update and delete."""


def append_only(table: str) -> tuple[str, str]:
    """``(forwards, backwards)`` for a ``RunSQL`` of a migration."""
    forwards = f"""
        CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation';
        END $$;
        CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {table}_append_only();
    """
    backwards = f"DROP TRIGGER {table}_no_change ON {table}; DROP FUNCTION {table}_append_only();"
    return forwards, backwards
