#include "CPostgreSQL.h"

#include <stddef.h>

static void drop_notice(void *context, const char *message) {
    (void)context;
    (void)message;
}

void cpostgresql_drop_notices(PGconn *connection) { PQsetNoticeProcessor(connection, drop_notice, NULL); }

const char *cpostgresql_sqlstate(const PGresult *result) { return PQresultErrorField(result, PG_DIAG_SQLSTATE); }

const char *cpostgresql_primary_message(const PGresult *result) {
    return PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
}

const char *cpostgresql_constraint(const PGresult *result) {
    return PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
}
