// libpq, the client library of PostgreSQL (Debian's libpq-dev), and what Swift cannot say of it.

#ifndef CPOSTGRESQL_H
#define CPOSTGRESQL_H

#if __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#else
#include <libpq-fe.h>
#endif

// Drops the notices of the server, which libpq would write to standard error.
void cpostgresql_drop_notices(PGconn *connection);

// Parts of an error: the code of five characters, the message in one line, and the name of a constraint; NULL for what it does not have.
const char *cpostgresql_sqlstate(const PGresult *result);
const char *cpostgresql_primary_message(const PGresult *result);
const char *cpostgresql_constraint(const PGresult *result);

#endif
