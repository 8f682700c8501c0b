from alembic import op

revision, down_revision = "0001", None


def upgrade():
    op.execute("CREATE TABLE notes (title text NOT NULL)")
    op.execute("INSERT INTO notes VALUES ('first')")
