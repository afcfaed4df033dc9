/* pool.h - persistent worker processes that do numbered tasks.
 *
 * A run that dies (a broken assertion, a fault of memory) must not take the campaign with it, so
 * each worker is a process of its own; it is forked once and does task after task, because to fork
 * for each would cost more than a small run. A worker holds one task more than it works on, so that
 * it never waits for the next. When one dies, the task that it was at is told as its death, another
 * worker takes its place, and what waited behind is done there. Who is killed from outside (by
 * SIGKILL or SIGTERM: the system was short of memory, somebody tidied up) is given the task once
 * more, for it may not have been the task's fault.
 *
 * The work is a function of the task alone, so answers do not depend on who gives them; their order
 * does, and is the caller's to mend.
 *
 * Ownership: created and destroyed by the caller; what an event points to lives until the next
 * call. Errors: when no worker can be started, POOL_BROKEN with the system's reason. */
#ifndef TOOLS_ORRERY_POOL_H
#define TOOLS_ORRERY_POOL_H

#include "tools/orrery/bytes.h"

struct pool_work {
    void (*run)(void *context, uint64_t task, struct bytes *answer); /* in a worker */
    void *context;
};

enum pool_news {
    POOL_NOTHING, /* the time is over, or a signal came */
    POOL_ANSWER,
    POOL_DEATH,
    POOL_BROKEN,
};

struct pool_event {
    enum pool_news news;
    uint64_t task;
    struct bytes_reader answer;
    const char *death; /* "killed by SIGSEGV", or what was asserted; of POOL_BROKEN: why */
};

struct pool;

/* As many WORKERS, at least one; they are started at once. */
struct pool *pool_create(unsigned workers, const struct pool_work *work);
void pool_destroy(struct pool *pool); /* whatever they are at */
/* Whether some worker has room for a task. */
bool pool_has_room(const struct pool *pool);
void pool_give(struct pool *pool, uint64_t task);
/* Tasks that were given and neither answered nor died of. */
size_t pool_under_way(const struct pool *pool);
/* Waits no longer than so many milliseconds. */
void pool_next(struct pool *pool, int milliseconds, struct pool_event *event);

#endif
