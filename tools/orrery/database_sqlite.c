#define _POSIX_C_SOURCE 200809L
#include "tools/orrery/database_sqlite.h"
#include "sim/core/mem.h"

#include <unistd.h>

enum {
    APPLICATION = 0x4f725279, /* "OrRy" in the file's head */
    FORMAT = 2,
};

/* Times are in ns, availability in millionths, `ok_per_1000s` counts; NULL where there is none. */
static const char schema[] =
    "CREATE TABLE campaign(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE cell(cell INTEGER PRIMARY KEY, name TEXT, effective TEXT NOT NULL);"
    "CREATE TABLE option(cell INTEGER, n INTEGER, name TEXT NOT NULL, value TEXT,"
    " PRIMARY KEY(cell, n)) WITHOUT ROWID;"
    "CREATE TABLE expectation(id INTEGER PRIMARY KEY, text TEXT UNIQUE NOT NULL);"
    "CREATE TABLE expected(cell INTEGER, n INTEGER, expectation INTEGER NOT NULL,"
    " PRIMARY KEY(cell, n)) WITHOUT ROWID;"
    "CREATE TABLE run(cell INTEGER, seed INTEGER, exit INTEGER NOT NULL, events INTEGER NOT NULL,"
    " digest TEXT, limited TEXT, died TEXT, PRIMARY KEY(cell, seed)) WITHOUT ROWID;"
    "CREATE TABLE verdict(cell INTEGER, seed INTEGER, n INTEGER, expectation INTEGER NOT NULL,"
    " status TEXT NOT NULL, kind TEXT, faults TEXT, text TEXT, measured TEXT,"
    " PRIMARY KEY(cell, seed, n)) WITHOUT ROWID;"
    "CREATE TABLE place(cell INTEGER, seed INTEGER, n INTEGER, \"group\" TEXT, name TEXT NOT NULL,"
    " count INTEGER NOT NULL, PRIMARY KEY(cell, seed, n)) WITHOUT ROWID;"
    "CREATE TABLE metric(cell INTEGER, seed INTEGER, n INTEGER, \"group\" TEXT NOT NULL,"
    " availability INTEGER, p50 INTEGER, p99 INTEGER, ok_per_1000s INTEGER,"
    " PRIMARY KEY(cell, seed, n)) WITHOUT ROWID;";

/* -- SQLite ------------------------------------------------------------------------------------ */

bool database_fail(struct database *database, const char *why)
{
    if (!database->wrong)
        fprintf(stderr, "orrery: '%s': %s\n", database->path, why);
    database->wrong = true;
    return false;
}

bool database_fail_by_sqlite(struct database *database)
{
    int code = sqlite3_errcode(database->file);

    return database_fail(database, code == SQLITE_BUSY ? "another sweep has it open"
                                                       : sqlite3_errmsg(database->file));
}

bool database_execute(struct database *database, const char *sql)
{
    return !database->wrong && (sqlite3_exec(database->file, sql, NULL, NULL, NULL) == SQLITE_OK ||
                                database_fail_by_sqlite(database));
}

sqlite3_stmt *database_prepare(struct database *database, const char *sql)
{
    sqlite3_stmt *made = NULL;

    if (!database->wrong && sqlite3_prepare_v2(database->file, sql, -1, &made, NULL) != SQLITE_OK)
        database_fail_by_sqlite(database);
    return made;
}

bool database_next(struct database *database, sqlite3_stmt *statement)
{
    int result = statement ? sqlite3_step(statement) : SQLITE_DONE;

    if (result != SQLITE_ROW && result != SQLITE_DONE)
        database_fail_by_sqlite(database);
    return result == SQLITE_ROW;
}

int64_t database_number(struct database *database, const char *sql, int64_t otherwise)
{
    sqlite3_stmt *statement = database_prepare(database, sql);
    int64_t number =
        database_next(database, statement) ? sqlite3_column_int64(statement, 0) : otherwise;

    sqlite3_finalize(statement);
    return number;
}

/* -- opening ----------------------------------------------------------------------------------- */

/* A file that is new gets the tables; one that is not ours is refused. */
static void check_format(struct database *database, bool make)
{
    int64_t application = database_number(database, "PRAGMA application_id", 0);
    int64_t format = database_number(database, "PRAGMA user_version", 0);
    int64_t tables = database_number(database, "SELECT count(*) FROM sqlite_master", 0);
    char *head;

    if (database->wrong)
        return;
    if (tables > 0 || !make) {
        if (application != APPLICATION)
            database_fail(database, "this is no database of a sweep");
        else if (format != FORMAT)
            database_fail(database, "this database was made by another version of orrery");
        return;
    }
    head = sim_format("BEGIN; PRAGMA application_id = %d; PRAGMA user_version = %d;", APPLICATION,
                      FORMAT);
    if (database_execute(database, head) && database_execute(database, schema))
        database_execute(database, "COMMIT");
    sim_free(head);
}

struct database *database_open(const char *path, bool make)
{
    struct database *database = sim_alloc(sizeof(*database));
    int flags = make ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE;

    database->path = sim_copy_text(path);
    if (!make && access(path, W_OK) != 0)
        flags = SQLITE_OPEN_READONLY; /* else a journal that a kill left could not be undone */
    if (sqlite3_open_v2(path, &database->file, flags, NULL) != SQLITE_OK)
        database_fail_by_sqlite(database);
    if (make)
        database_execute(database, "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT;");
    check_format(database, make);
    if (!database->wrong)
        return database;
    database_close(database);
    return NULL;
}

bool database_close(struct database *database)
{
    bool good;

    if (!database)
        return true;
    for (int i = 0; i < DATABASE_STATEMENTS; i++)
        sqlite3_finalize(database->prepared[i]);
    good = !database->wrong;
    sqlite3_close(database->file);
    sim_free(database->path);
    sim_free(database);
    return good;
}
