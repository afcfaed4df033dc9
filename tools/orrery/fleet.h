/* fleet.h - a campaign on many machines: the processes that mpirun or srun started.
 *
 * Rank 0 leads: it hands out ranges of tasks, and owns the database and what is told. The others
 * serve: each has a pool of its own (pool.h), works on what it is given and answers task by task.
 * The leader takes the answers as it takes a pool's, so what comes of a campaign does not depend on
 * how many there were. A rank has a few tasks more than it works on, so that it never waits, and
 * fewer towards the end, so that none is left with much when the others are done.
 *
 * When a rank dies, mpirun ends all of them: the leader is told by SIGTERM, and ends as if it had
 * been interrupted; what was finished is in the database, and the next start goes on from there.
 *
 * All ranks must be about to do the same: each tells a hash of what it loaded, and the leader
 * compares. MPI is begun only in a process that was started under it (by the environment that the
 * launcher sets), so that ordinary runs pay nothing; in a build without MPI (fleet_missing.c) to be
 * started so is an error, for every rank would do the whole campaign.
 *
 * Ownership: joined and left by the caller. */
#ifndef TOOLS_ORRERY_FLEET_H
#define TOOLS_ORRERY_FLEET_H

#include "tools/orrery/command.h"
#include "tools/orrery/pool.h"

struct fleet;

/* FLEET: NULL if this process is alone. False after an error, which is printed. A rank that serves
 * prints nothing from now on. */
bool fleet_join(struct fleet **fleet);
bool fleet_leads(const struct fleet *fleet);
/* NULL is fine. Of the leader: everybody else is dismissed first. What a process ends with. */
enum exit_code fleet_leave(struct fleet *fleet, enum exit_code code);

/* The leader's: waits until all are ready; false if one is about to do something else than what
 * IDENTITY is a hash of, which is printed. */
bool fleet_gather(struct fleet *fleet, uint64_t identity);
/* As of a pool. LEFT: how many tasks are not given yet. */
bool fleet_has_room(struct fleet *fleet, uint64_t left);
void fleet_give(struct fleet *fleet, uint64_t task);
size_t fleet_under_way(const struct fleet *fleet);
void fleet_next(struct fleet *fleet, int milliseconds, struct pool_event *event);

/* Of the others: to say what they are about to do (0: they cannot), with so many JOBS at a time. */
void fleet_report(struct fleet *fleet, uint64_t identity, unsigned jobs);
/* Works until dismissed; POOL NULL: only waits for that. */
void fleet_serve(struct fleet *fleet, struct pool *pool);

#endif
