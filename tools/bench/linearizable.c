/* linearizable.c - how long the judge of linearizability takes over histories of one register.
 *
 *   bench-linearizable unique|cas|swap OPERATIONS CLIENTS CRASHED valid|wrong|stale SEED
 *
 * An atomic register takes each operation at an instant between its invocation and its return;
 * clients pause a little in between. `unique`: reads and writes of fresh values; `cas`: reads,
 * writes and compare-and-sets over 5 values in equal parts; `swap`: without the writes. CRASHED in
 * a thousand end with an unknown outcome, half of them without effect. Behind 90 %, `wrong` lets
 * one read give the value that the register held longest ago (it may be legal all the same, if
 * everything was held just now), `stale` lets it give the initial one, which was never written
 * again. */
#define _POSIX_C_SOURCE 200809L
#include "sim/check/linearizable.h"
#include "sim/core/mem.h"
#include "sim/core/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { VALUES = 5, STAGE = 1000000, PAUSE = 200000 };

enum stage { IDLE, INVOKED, DONE, REFUSED };

enum fault { VALID, WRONG, STALE };

struct client {
    int64_t next; /* when its stage ends */
    enum stage stage;
    size_t op;
    uint32_t process;
};

struct bench {
    bool unique, swaps;
    size_t operations;
    uint32_t clients;
    uint64_t crashed; /* of a thousand */
    enum fault fault;
    struct sim_stream stream;

    struct sim_linear_operation *ops;
    bool *refused;
    size_t count;
    int64_t value, fresh;
    uint64_t place;
    int64_t *since;        /* by value: when the register ceased to hold it; INT64_MAX: it does */
    size_t refusals, most; /* swaps that did not happen; room in OPS */
    size_t spoilt;         /* the read that is to be false, if AGE > 0 */
    int64_t age, false_value;
};

static int64_t draw(struct bench *bench, int64_t n)
{
    return (int64_t)sim_below(sim_stream_next(&bench->stream), (uint64_t)n);
}

static void invoke(struct bench *bench, struct client *client)
{
    struct sim_linear_operation *op = &bench->ops[bench->count];
    int64_t kind = draw(bench, bench->unique ? 2 : 3);

    *op = (struct sim_linear_operation){ .process = client->process,
                                         .invoked = bench->place++,
                                         .returned = SIM_LINEAR_OPEN,
                                         .time_invoked = client->next };
    op->kind = kind == 0 ? SIM_LINEAR_READ : kind == 1 ? SIM_LINEAR_WRITE : SIM_LINEAR_CAS;
    if (bench->swaps && kind == 1)
        op->kind = SIM_LINEAR_CAS;
    op->argument = bench->unique ? ++bench->fresh : draw(bench, VALUES) + 1;
    op->second = draw(bench, VALUES) + 1;
    client->op = bench->count++;
    client->stage = INVOKED;
    client->next += draw(bench, STAGE) + 1;
}

static void hold(struct bench *bench, int64_t value, int64_t now)
{
    if (!bench->unique) {
        bench->since[bench->value] = now;
        bench->since[value] = INT64_MAX;
    }
    bench->value = value;
}

static void take_effect(struct bench *bench, struct client *client)
{
    struct sim_linear_operation *op = &bench->ops[client->op];

    client->stage = DONE;
    if (op->kind == SIM_LINEAR_READ)
        op->value = bench->value;
    else if (op->kind == SIM_LINEAR_WRITE)
        hold(bench, op->argument, client->next);
    else if (op->argument == bench->value)
        hold(bench, op->second, client->next);
    else {
        client->stage = REFUSED;
        bench->refusals++;
    }
    client->next += draw(bench, STAGE) + 1;
}

/* Remembers the read which returns now if what it could have read falsely is the oldest so far. */
static void consider(struct bench *bench, size_t index)
{
    const struct sim_linear_operation *op = &bench->ops[index];
    int64_t past = bench->unique ? bench->value / 2 + 1 : 0;

    if (op->kind != SIM_LINEAR_READ ||
        (bench->count - bench->refusals) * 10 < bench->operations * 9)
        return;
    if (bench->unique || bench->fault == STALE) {
        if (bench->age == 0)
            bench->spoilt = index;
        bench->age = 1;
        bench->false_value = bench->fault == STALE ? 0 : past;
        return;
    }
    for (int64_t value = 1; value <= VALUES; value++) {
        if (op->time_invoked - bench->since[value] > bench->age) {
            bench->age = op->time_invoked - bench->since[value];
            bench->spoilt = index;
            bench->false_value = value;
        }
    }
}

static void complete(struct bench *bench, struct client *client)
{
    struct sim_linear_operation *op = &bench->ops[client->op];

    op->returned = bench->place++;
    op->time_returned = client->next;
    op->answered = true;
    bench->refused[client->op] = client->stage == REFUSED;
    consider(bench, client->op);
    client->stage = IDLE;
    client->next += draw(bench, PAUSE) + 1;
}

static bool crashes(struct bench *bench, struct client *client)
{
    if ((uint64_t)draw(bench, 2000) >= bench->crashed)
        return false;
    client->process += bench->clients;
    client->stage = IDLE;
    return true;
}

static void step(struct bench *bench, struct client *client)
{
    switch (client->stage) {
    case IDLE:
        if (bench->count - bench->refusals >= bench->operations || bench->count == bench->most)
            client->next = INT64_MAX;
        else
            invoke(bench, client);
        break;
    case INVOKED: /* half of the crashes before it takes effect, half behind */
        if (!crashes(bench, client))
            take_effect(bench, client);
        break;
    default:
        if (!crashes(bench, client))
            complete(bench, client);
    }
}

static void generate(struct bench *bench)
{
    struct client *clients = sim_alloc_array(bench->clients, sizeof(*clients));
    size_t kept = 0;

    bench->most = bench->unique ? bench->operations : 4 * bench->operations;
    bench->ops = sim_alloc_array(bench->most, sizeof(*bench->ops));
    bench->refused = sim_alloc_array(bench->most, sizeof(*bench->refused));
    bench->since = sim_alloc_array(VALUES + 1, sizeof(*bench->since));
    bench->value = bench->swaps ? 1 : 0;
    bench->since[bench->value] = INT64_MAX;
    for (uint32_t i = 0; i < bench->clients; i++)
        clients[i] = (struct client){ .next = draw(bench, STAGE), .process = i };
    for (;;) {
        struct client *first = &clients[0];

        for (uint32_t i = 1; i < bench->clients; i++) {
            if (clients[i].next < first->next)
                first = &clients[i];
        }
        if (first->next == INT64_MAX)
            break;
        step(bench, first);
    }
    if (bench->fault != VALID && bench->age > 0)
        bench->ops[bench->spoilt].value = bench->false_value;
    for (size_t i = 0; i < bench->count; i++) { /* a refused swap did not happen */
        if (!bench->refused[i])
            bench->ops[kept++] = bench->ops[i];
    }
    bench->count = kept;
    sim_free(clients);
}

static double cpu_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int usage(void)
{
    fputs("usage: bench-linearizable unique|cas|swap OPERATIONS CLIENTS CRASHED valid|wrong|stale "
          "SEED\n",
          stderr);
    return 2;
}

int main(int argc, char **argv)
{
    static const char *const statuses[] = { "yes", "no", "undecided" };
    struct sim_linear_options options = { .initial = 0 }; /* of swaps: 1 */
    struct sim_linear_result result;
    struct bench bench = { 0 };
    struct rusage usage_now;
    double before;

    if (argc != 7)
        return usage();
    bench.unique = strcmp(argv[1], "unique") == 0;
    bench.swaps = strcmp(argv[1], "swap") == 0;
    bench.operations = strtoul(argv[2], NULL, 10);
    bench.clients = (uint32_t)strtoul(argv[3], NULL, 10);
    bench.crashed = strtoul(argv[4], NULL, 10);
    bench.fault = strcmp(argv[5], "wrong") == 0   ? WRONG
                  : strcmp(argv[5], "stale") == 0 ? STALE
                                                  : VALID;
    if (bench.operations == 0 || bench.clients == 0)
        return usage();
    options.initial = bench.swaps ? 1 : 0;
    sim_stream_seed(&bench.stream, strtoull(argv[6], NULL, 10), 0, 0);
    generate(&bench);
    before = cpu_seconds();
    sim_linear_judge(bench.ops, bench.count, &options, &result);
    getrusage(RUSAGE_SELF, &usage_now);
    printf("status=%s cpu_s=%.4f steps=%llu operations=%zu resident_mib=%ld\n",
           statuses[result.status], cpu_seconds() - before, (unsigned long long)result.steps,
           bench.count, usage_now.ru_maxrss / 1024);
    printf("violated=%d culprits=%u\n", result.status == SIM_LINEAR_NO, result.culprit_count);
    if (result.text[0] != '\0')
        printf("# %s\n", result.text);
    sim_linear_result_finish(&result);
    sim_free(bench.ops);
    sim_free(bench.refused);
    sim_free(bench.since);
    if (bench.fault == WRONG)
        return 0;
    return result.status == (bench.fault == VALID ? SIM_LINEAR_YES : SIM_LINEAR_NO) ? 0 : 1;
}
