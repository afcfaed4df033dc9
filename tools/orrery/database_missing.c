/* In place of database.c where SQLite was not found when orrery was built. */
#include "tools/orrery/database.h"

#include <assert.h>

struct database *database_open(const char *path, bool make)
{
    (void)make;
    usage_error(
        "'%s': this orrery was built without SQLite (on Debian: install libsqlite3-dev, and "
        "build again)",
        path);
    return NULL;
}

bool database_close(struct database *database)
{
    return database == NULL;
}

bool database_begin(struct database *database, struct campaign *campaign)
{
    (void)campaign;
    return database == NULL;
}

bool database_add(struct database *database, const struct outcome *outcome)
{
    (void)outcome;
    return database == NULL;
}

bool database_end(struct database *database, const struct campaign *campaign)
{
    (void)campaign;
    return database == NULL;
}

bool database_restore(struct database *database, struct campaign *campaign)
{
    (void)campaign;
    assert(database);
    return false;
}

bool database_merge(struct database *database, const char *path)
{
    (void)path;
    assert(database);
    return false;
}
