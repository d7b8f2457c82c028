"""Whether this machine can run the laboratory."""

import os
import shutil

from Interop.cluster.cluster_node import FAKETIME
from Interop.cluster.database_pair import PROGRAMS
from Interop.doctor.distance import TUN
from Interop.internet import namespace

CANNOT = 77  # automake's status for "skipped"


def what_is_lacking() -> str | None:
    """The first thing that is lacking; `None` if all is there."""
    if os.geteuid() != 0:
        return "it needs root, to run PostgreSQL as another user in a namespace"
    reason = namespace.why_impossible()
    if reason:
        return f"this machine lets us make no namespace: {reason}"
    needed = [TUN, PROGRAMS / "postgres", FAKETIME]
    lacking = [str(path) for path in needed if not path.exists()]
    lacking += [name for name in ("ip", "nsenter", "setpriv", "psql", "unbound") if not shutil.which(name)]
    return f"not there: {', '.join(lacking)}" if lacking else None
