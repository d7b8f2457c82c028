"""A cluster that must fail: nodes do not wait for each other.

A trigger of the database writes a place beyond all changes into the row of each node. So every node takes every change for
confirmed by all others as soon as it is committed. The program is the usual one. The rules must notice.
"""

from Interop.cluster.database_pair import DATABASE, DatabasePair
from Interop.processes import LabError

_BEYOND = 2**60
_TRIGGER = f"""
CREATE FUNCTION confirm_everything() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.place := {_BEYOND}; RETURN NEW; END $$;
CREATE TRIGGER confirm_everything BEFORE INSERT OR UPDATE ON node FOR EACH ROW EXECUTE FUNCTION confirm_everything();
UPDATE node SET place = 0;
"""


def confirm_everything_at_once(databases: DatabasePair) -> None:
    if databases.primary.ask(_TRIGGER, DATABASE) is None:
        raise LabError("the trigger cannot be made")
