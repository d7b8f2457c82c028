"""A cluster that must fail: nodes do not wait for each other.

A trigger of the database writes the place of each change into the rows of all nodes. So every node takes a change for confirmed
by all others as soon as it reads their rows. The program is the usual one. The rules must notice.
"""

from Interop.cluster.database_pair import DATABASE, DatabasePair
from Interop.processes import LabError

_TRIGGER = """
CREATE FUNCTION confirm_everything() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN UPDATE node SET place = greatest(place, NEW.number); RETURN NEW; END $$;
CREATE TRIGGER confirm_everything AFTER UPDATE ON change_sequence FOR EACH ROW EXECUTE FUNCTION confirm_everything();
"""


def confirm_everything_at_once(databases: DatabasePair) -> None:
    if databases.primary.ask(_TRIGGER, DATABASE) is None:
        raise LabError("the trigger cannot be made")
