#include "sim/core/mem.h"
#include "tools/orrery/database_sqlite.h"

/* What is compared: nothing may come out, in either direction. */
static const char cells_differ[] =
    "SELECT count(*) FROM (SELECT cell, name, effective FROM %s.cell EXCEPT"
    " SELECT cell, name, effective FROM %s.cell)";

static bool differs(struct database *database, const char *a, const char *b)
{
    char *sql = sim_format(cells_differ, a, b);
    bool found = database_number(database, sql, 1) != 0;

    sim_free(sql);
    return found;
}

/* What the databases have in common is taken from the first. */
static bool take_description(struct database *database)
{
    return database_execute(database,
                            "INSERT INTO campaign SELECT * FROM other.campaign;"
                            "INSERT INTO cell SELECT * FROM other.cell;"
                            "INSERT INTO option SELECT * FROM other.option;"
                            "INSERT INTO expectation(text) SELECT text FROM other.expectation;"
                            "INSERT INTO expected SELECT o.cell, o.n, m.id FROM other.expected o"
                            " JOIN other.expectation e ON e.id = o.expectation"
                            " JOIN main.expectation m ON m.text = e.text;");
}

/* The sum is asked for all that its parts are asked for; whether all of it is there is seen when it
 * is told. */
static bool widen_range(struct database *database)
{
    return database_execute(
        database, "UPDATE campaign SET value = min(value, (SELECT value FROM other.campaign"
                  " WHERE key = 'first')) WHERE key = 'first';"
                  "UPDATE campaign SET value = max(value, (SELECT value FROM other.campaign"
                  " WHERE key = 'last')) WHERE key = 'last';"
                  "UPDATE campaign SET value = max(value, (SELECT value FROM other.campaign"
                  " WHERE key = 'open')) WHERE key = 'open';"
                  "UPDATE campaign SET value = 0 WHERE key IN ('shard', 'shards');"
                  "UPDATE campaign SET value = -1 WHERE key = 'runs';");
}

/* Runs last: by them it is known what is there. */
static bool take_runs(struct database *database)
{
    return database_execute(
        database,
        "INSERT OR IGNORE INTO expectation(text) SELECT text FROM other.expectation;"
        "INSERT INTO verdict SELECT v.cell, v.seed, v.n, m.id, v.status, v.kind, v.faults, v.text,"
        " v.measured"
        " FROM other.verdict v JOIN other.expectation e ON e.id = v.expectation"
        " JOIN main.expectation m ON m.text = e.text WHERE NOT EXISTS"
        " (SELECT 1 FROM main.run r WHERE r.cell = v.cell AND r.seed = v.seed);"
        "INSERT INTO metric SELECT * FROM other.metric o WHERE NOT EXISTS"
        " (SELECT 1 FROM main.run r WHERE r.cell = o.cell AND r.seed = o.seed);"
        "INSERT INTO place SELECT * FROM other.place o WHERE NOT EXISTS"
        " (SELECT 1 FROM main.run r WHERE r.cell = o.cell AND r.seed = o.seed);"
        "INSERT OR IGNORE INTO run SELECT * FROM other.run;");
}

static bool check_same(struct database *database, const char *path)
{
    static const char version_differs[] =
        "SELECT count(*) FROM main.campaign m JOIN other.campaign o USING(key)"
        " WHERE key = 'version' AND m.value IS NOT o.value";
    static const char run_differs[] =
        "SELECT m.seed FROM main.run m JOIN other.run o USING(cell, seed) WHERE m.exit IS NOT"
        " o.exit OR m.digest IS NOT o.digest OR m.died IS NOT o.died ORDER BY m.seed LIMIT 1";
    char *why = NULL;
    int64_t seed;

    if (database_number(database, version_differs, 1) != 0)
        why = sim_format("the runs of '%s' are of another version of orrery", path);
    else if (differs(database, "main", "other") || differs(database, "other", "main"))
        why = sim_format("'%s' holds the runs of another scenario, or with other overrides", path);
    else if ((seed = database_number(database, run_differs, -1)) >= 0)
        why = sim_format("'%s' has another result of seed %lld", path, (long long)seed);
    if (why)
        database_fail(database, why);
    sim_free(why);
    return !database->wrong;
}

static bool attach(struct database *database, const char *path)
{
    sqlite3_stmt *statement = database_prepare(database, "ATTACH ? AS other");
    bool good = statement != NULL;

    if (good) {
        sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
        good = sqlite3_step(statement) == SQLITE_DONE || database_fail_by_sqlite(database);
        sqlite3_finalize(statement);
    }
    return good;
}

bool database_merge(struct database *database, const char *path)
{
    struct database *other = database_open(path, false); /* which looks whether it is one */
    bool empty = database_number(database, "SELECT count(*) FROM cell", 0) == 0, good;

    if (!database_close(other) || !other)
        return false;
    good = attach(database, path) && database_execute(database, "BEGIN") &&
           (empty ? take_description(database) : check_same(database, path)) &&
           widen_range(database) && take_runs(database) && database_execute(database, "COMMIT");
    if (good)
        database_execute(database, "DETACH other");
    return good && !database->wrong;
}
