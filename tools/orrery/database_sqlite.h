/* database_sqlite.h - what the files that speak to SQLite share; private to them.
 *
 * Errors: the first is printed, with the file's name; then nothing is done any more. */
#ifndef TOOLS_ORRERY_DATABASE_SQLITE_H
#define TOOLS_ORRERY_DATABASE_SQLITE_H

#include "tools/orrery/database.h"

#include <sqlite3.h>

enum { DATABASE_STATEMENTS = 10 };

struct database {
    char *path;
    sqlite3 *file;
    sqlite3_stmt *prepared[DATABASE_STATEMENTS]; /* of database.c */
    bool wrong, batch;                           /* an error was printed; a transaction is open */
    uint32_t batch_runs;
    int64_t batch_begun; /* ms of the machine's clock */
};

/* Both return false. The second tells what SQLite says of its last call. */
bool database_fail(struct database *database, const char *why);
bool database_fail_by_sqlite(struct database *database);
bool database_execute(struct database *database, const char *sql);
/* NULL after an error. */
sqlite3_stmt *database_prepare(struct database *database, const char *sql);
/* The next row; false at the end, after an error, and of NULL. */
bool database_next(struct database *database, sqlite3_stmt *statement);
/* The first column of the first row that SQL gives, or OTHERWISE. */
int64_t database_number(struct database *database, const char *sql, int64_t otherwise);

#endif
