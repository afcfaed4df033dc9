#define _POSIX_C_SOURCE 200809L
#include "tools/orrery/fleet.h"

#include "sim/core/mem.h"
#include "sim/core/time.h"
#include "tools/orrery/interrupt.h"

#include <assert.h>
#include <fcntl.h>
#include <mpi.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum tag { REPORT = 1, TASKS, STOP, ANSWER, DEATH, BROKEN, DONE };

/* So many tasks for each job of a rank, at least and at most. */
enum { TASKS_LEAST = 2, TASKS_MOST = 16, PATIENCE_MS = 2000, SERVE_MS = 2, NAP_US = 200 };

struct rank { /* of those that serve, as the leader sees it */
    unsigned jobs;
    uint64_t given;        /* tasks that it has and did not answer */
    uint64_t first, count; /* of a range that is not sent yet */
    bool is_done;
};

struct fleet {
    int self, size;
    struct interrupt interrupt;
    int words; /* where stderr goes while it is silent */
    struct rank *ranks;
    int filling; /* the rank that is given tasks; 0: none */
    struct bytes in;
    char death[1024];
    /* of one that serves */
    struct bytes tasks; /* numbers that wait, from `taken` on */
    size_t taken;
    bool is_dismissed;
};

/* -- both -------------------------------------------------------------------------------------- */

static bool was_started_under_mpi(void)
{
    return getenv("OMPI_COMM_WORLD_SIZE") || getenv("PMI_SIZE") || getenv("PMIX_RANK");
}

static int silence(void)
{
    int kept = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY);

    if (nowhere >= 0) {
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
        close(nowhere);
    }
    return kept;
}

bool fleet_join(struct fleet **made)
{
    struct fleet *fleet;

    *made = NULL;
    if (!was_started_under_mpi())
        return true;
    fleet = sim_alloc(sizeof(*fleet));
    interrupt_begin(&fleet->interrupt); /* before MPI has threads, which else would get signals */
    MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, &fleet->self);
    MPI_Comm_size(MPI_COMM_WORLD, &fleet->size);
    if (fleet->size == 1) {
        MPI_Finalize();
        interrupt_end(&fleet->interrupt);
        sim_free(fleet);
        return true;
    }
    fleet->words = -1;
    if (fleet->self > 0)
        fleet->words = silence();
    fleet->ranks = sim_alloc_array((size_t)fleet->size, sizeof(*fleet->ranks));
    *made = fleet;
    return true;
}

bool fleet_leads(const struct fleet *fleet)
{
    return fleet->self == 0;
}

static void nap(void)
{
    const struct timespec span = { 0, NAP_US * 1000 };

    nanosleep(&span, NULL);
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void put(int rank, enum tag tag, const void *data, size_t count)
{
    assert(count <= INT32_MAX);
    MPI_Send(data, (int)count, MPI_BYTE, rank, (int)tag, MPI_COMM_WORLD);
}

/* The next message, if one has come, in fleet->in; waits no longer than so many milliseconds. */
static bool get(struct fleet *fleet, int milliseconds, int *from, enum tag *tag)
{
    const int64_t end = now_ms() + milliseconds;
    MPI_Status status;
    int there = 0, count;

    for (;;) {
        MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &there, &status);
        if (there)
            break;
        if (now_ms() >= end)
            return false;
        nap();
    }
    MPI_Get_count(&status, MPI_BYTE, &count);
    fleet->in.used = 0;
    fleet->in.data = sim_grow(fleet->in.data, &fleet->in.capacity, (size_t)count + 1, sizeof(char));
    MPI_Recv(fleet->in.data, count, MPI_BYTE, status.MPI_SOURCE, status.MPI_TAG, MPI_COMM_WORLD,
             MPI_STATUS_IGNORE);
    fleet->in.used = (size_t)count;
    fleet->in.data[count] = '\0'; /* some are texts */
    *from = status.MPI_SOURCE;
    *tag = (enum tag)status.MPI_TAG;
    return true;
}

static uint64_t number_at(const struct fleet *fleet, size_t index)
{
    uint64_t number;

    assert((index + 1) * sizeof(number) <= fleet->in.used);
    memcpy(&number, fleet->in.data + index * sizeof(number), sizeof(number));
    return number;
}

/* -- the leader -------------------------------------------------------------------------------- */

bool fleet_gather(struct fleet *fleet, uint64_t identity)
{
    enum tag tag;
    int from;

    for (int waiting = fleet->size - 1; waiting > 0;) {
        if (interrupt_came())
            return false;
        if (!get(fleet, PATIENCE_MS, &from, &tag) || tag != REPORT)
            continue;
        waiting--;
        fleet->ranks[from].jobs = (unsigned)number_at(fleet, 1);
        if (number_at(fleet, 0) == identity)
            continue;
        fprintf(stderr, "orrery: rank %d %s\n", from,
                number_at(fleet, 0) == 0
                    ? "cannot load the scenario: is the file there, too?"
                    : "has another scenario or another version of orrery than rank 0");
        return false;
    }
    return true;
}

static void flush(const struct fleet *fleet, int rank)
{
    struct rank *to = &fleet->ranks[rank];
    const uint64_t range[2] = { to->first, to->count };

    if (to->count > 0)
        put(rank, TASKS, range, sizeof(range));
    to->count = 0;
}

/* What of LEFT tasks RANK may hold at a time. */
static uint64_t room_of(const struct fleet *fleet, int rank, uint64_t left)
{
    const uint64_t jobs = fleet->ranks[rank].jobs;
    uint64_t share = left / (2 * (uint64_t)(fleet->size - 1));

    share = share > TASKS_MOST * jobs ? TASKS_MOST * jobs : share;
    return share < TASKS_LEAST * jobs ? TASKS_LEAST * jobs : share;
}

/* One rank is filled at a time, so that it gets a range; and not before it is half empty. */
bool fleet_has_room(struct fleet *fleet, uint64_t left)
{
    int best = 0;

    if (fleet->filling > 0 &&
        fleet->ranks[fleet->filling].given < room_of(fleet, fleet->filling, left))
        return true;
    if (fleet->filling > 0)
        flush(fleet, fleet->filling);
    for (int r = 1; r < fleet->size; r++) {
        const struct rank *rank = &fleet->ranks[r];

        if (2 * rank->given <= room_of(fleet, r, left) &&
            (best == 0 ||
             rank->given * fleet->ranks[best].jobs < fleet->ranks[best].given * rank->jobs))
            best = r;
    }
    fleet->filling = best;
    return best > 0;
}

void fleet_give(struct fleet *fleet, uint64_t task)
{
    struct rank *rank = &fleet->ranks[fleet->filling];

    assert(fleet->filling > 0);
    if (rank->count > 0 && task != rank->first + rank->count)
        flush(fleet, fleet->filling);
    if (rank->count == 0)
        rank->first = task;
    rank->count++;
    rank->given++;
}

size_t fleet_under_way(const struct fleet *fleet)
{
    size_t sum = 0;

    for (int r = 1; r < fleet->size; r++)
        sum += fleet->ranks[r].given;
    return sum;
}

void fleet_next(struct fleet *fleet, int milliseconds, struct pool_event *event)
{
    enum tag tag;
    int from;

    *event = (struct pool_event){ .news = POOL_NOTHING };
    if (fleet->filling > 0)
        flush(fleet, fleet->filling);
    fleet->filling = 0;
    if (!get(fleet, milliseconds, &from, &tag))
        return;
    event->death = fleet->death;
    if (tag == DONE)
        fleet->ranks[from].is_done = true;
    if (tag == BROKEN || tag == DONE) { /* it ends, and was not told to */
        event->news = POOL_BROKEN;
        snprintf(fleet->death, sizeof(fleet->death), "rank %d: %s", from,
                 tag == BROKEN ? fleet->in.data : "it was ended");
        return;
    }
    assert(tag == ANSWER || tag == DEATH);
    fleet->ranks[from].given--;
    event->task = number_at(fleet, 0);
    event->news = tag == ANSWER ? POOL_ANSWER : POOL_DEATH;
    event->answer = (struct bytes_reader){ fleet->in.data + sizeof(uint64_t),
                                           fleet->in.used - sizeof(uint64_t), false };
    if (tag == DEATH)
        snprintf(fleet->death, sizeof(fleet->death), "%s", fleet->in.data + sizeof(uint64_t));
}

static bool all_are_done(const struct fleet *fleet)
{
    for (int r = 1; r < fleet->size; r++)
        if (!fleet->ranks[r].is_done)
            return false;
    return true;
}

/* Whoever does not answer any more is not waited for. */
static void dismiss(struct fleet *fleet)
{
    const int64_t end = now_ms() + PATIENCE_MS;
    enum tag tag;
    int from;

    for (int r = 1; r < fleet->size; r++)
        if (!fleet->ranks[r].is_done)
            put(r, STOP, NULL, 0);
    while (!all_are_done(fleet) && now_ms() < end) {
        if (get(fleet, SERVE_MS, &from, &tag) && tag == DONE)
            fleet->ranks[from].is_done = true;
    }
}

/* A rank that is gone would be waited for without end. */
enum exit_code fleet_leave(struct fleet *fleet, enum exit_code code)
{
    if (!fleet)
        return code;
    if (fleet->self == 0) {
        fflush(stdout);
        dismiss(fleet);
        if (!all_are_done(fleet))
            MPI_Abort(MPI_COMM_WORLD, (int)code);
    }
    MPI_Finalize();
    interrupt_end(&fleet->interrupt);
    code = fleet->self == 0 ? code : EXIT_HOLDS;
    if (fleet->words >= 0)
        close(fleet->words);
    bytes_finish(&fleet->in);
    bytes_finish(&fleet->tasks);
    sim_free(fleet->ranks);
    sim_free(fleet);
    return code;
}

/* -- those that serve -------------------------------------------------------------------------- */

void fleet_report(struct fleet *fleet, uint64_t identity, unsigned jobs)
{
    const uint64_t report[2] = { identity, jobs };

    if (fleet->words >= 0)
        dup2(fleet->words, STDERR_FILENO); /* what workers have to say is for the user */
    put(0, REPORT, report, sizeof(report));
}

static void hear_leader(struct fleet *fleet, int milliseconds)
{
    enum tag tag;
    int from;

    if (!get(fleet, milliseconds, &from, &tag))
        return;
    if (tag == STOP) {
        fleet->is_dismissed = true;
        return;
    }
    assert(tag == TASKS);
    for (uint64_t i = 0; i < number_at(fleet, 1); i++)
        bytes_put_number(&fleet->tasks, number_at(fleet, 0) + i);
}

static void feed(struct fleet *fleet, struct pool *pool)
{
    uint64_t task;

    while (fleet->taken < fleet->tasks.used && pool_has_room(pool)) {
        memcpy(&task, fleet->tasks.data + fleet->taken, sizeof(task));
        fleet->taken += sizeof(task);
        pool_give(pool, task);
    }
    if (fleet->taken == fleet->tasks.used)
        fleet->taken = fleet->tasks.used = 0;
}

static void answer(const struct pool_event *event)
{
    struct bytes bytes = { 0 };
    static const enum tag tags[] = { [POOL_ANSWER] = ANSWER, [POOL_DEATH] = DEATH };

    if (event->news == POOL_BROKEN) {
        put(0, BROKEN, event->death, strlen(event->death));
        return;
    }
    bytes_put_number(&bytes, event->task);
    if (event->news == POOL_ANSWER)
        bytes_put(&bytes, event->answer.data, event->answer.left);
    else
        bytes_put(&bytes, event->death, strlen(event->death));
    put(0, tags[event->news], bytes.data, bytes.used);
    bytes_finish(&bytes);
}

void fleet_serve(struct fleet *fleet, struct pool *pool)
{
    struct pool_event event = { .news = POOL_NOTHING };

    while (!fleet->is_dismissed && event.news != POOL_BROKEN && !interrupt_came()) {
        const bool works = pool && pool_under_way(pool) > 0;

        hear_leader(fleet, works ? 0 : SERVE_MS);
        if (!pool)
            continue;
        feed(fleet, pool);
        if (pool_under_way(pool) == 0)
            continue;
        pool_next(pool, SERVE_MS, &event);
        if (event.news != POOL_NOTHING)
            answer(&event);
    }
    put(0, DONE, NULL, 0);
}
