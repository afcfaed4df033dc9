/* A build without MPI. */
#include "tools/orrery/fleet.h"

#include <assert.h>
#include <stdlib.h>

static bool is_one_of_several(const char *variable)
{
    const char *value = getenv(variable);

    return value && strtol(value, NULL, 10) > 1;
}

bool fleet_join(struct fleet **fleet)
{
    *fleet = NULL;
    if (!is_one_of_several("OMPI_COMM_WORLD_SIZE") && !is_one_of_several("PMI_SIZE"))
        return true;
    usage_error("this orrery was built without MPI (-Dmpi=enabled): each of these processes would "
                "do all of the sweep; --shard I/N and merge do without");
    return false;
}

/* What a process that is alone never asks. */

bool fleet_leads(const struct fleet *fleet)
{
    assert(fleet == NULL);
    return true;
}

enum exit_code fleet_leave(struct fleet *fleet, enum exit_code code)
{
    assert(fleet == NULL);
    return code;
}

bool fleet_gather(struct fleet *fleet, uint64_t identity)
{
    (void)identity;
    assert(fleet == NULL);
    return true;
}

bool fleet_has_room(struct fleet *fleet, uint64_t left)
{
    (void)left;
    assert(fleet != NULL);
    return false;
}

void fleet_give(struct fleet *fleet, uint64_t task)
{
    (void)task;
    assert(fleet != NULL);
}

size_t fleet_under_way(const struct fleet *fleet)
{
    assert(fleet != NULL);
    return 0;
}

void fleet_next(struct fleet *fleet, int milliseconds, struct pool_event *event)
{
    (void)milliseconds;
    assert(fleet != NULL);
    event->news = POOL_NOTHING;
}

void fleet_report(struct fleet *fleet, uint64_t identity, unsigned jobs)
{
    (void)identity;
    (void)jobs;
    assert(fleet != NULL);
}

void fleet_serve(struct fleet *fleet, struct pool *pool)
{
    (void)pool;
    assert(fleet != NULL);
}
