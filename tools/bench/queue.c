/* queue.c - what an event costs in the queue alone, under many laws of delay and with 10 to 10
 * million pending.
 *
 *   queue [ROUNDS [PENDING...]]
 *
 * N events are pending; each popped event pushes one. The delays of a law are drawn beforehand, so
 * that the loop is the queue and one small generator. Rounds go through all laws in turn and
 * medians are reported, so that a machine that grows slower for a while slows all of them. One line
 * per law and size:
 *
 *   law=bimodal pending=1000 ns_per_event=17.3 ratio=1.21 bytes_per_event=61.9
 *
 * `ratio` is to the law `phold` of the same size; bytes are the most that the queue held, over N.
 */
#include "sim/core/queue.h"
#include "sim/core/math.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { DRAWS = 1 << 11, ROUNDS_MAX = 99 };

static double unit(uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15u;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return ((double)((x ^ x >> 31) >> 11) + 0.5) * 0x1p-53;
}

static double draw_phold(uint64_t *state)
{
    return 0.1 - 0.9 * sim_log(unit(state));
}

static double draw_exponential(uint64_t *state)
{
    return -sim_log(unit(state));
}

static double draw_bimodal(uint64_t *state)
{
    double scale = unit(state) < 0.5 ? 1e-6 : 1;

    return scale * (0.5 + unit(state));
}

static double draw_equal(uint64_t *state)
{
    (void)state;
    return 1;
}

static double draw_pareto(uint64_t *state)
{
    return 0.5 / sim_sqrt(unit(state));
}

static double draw_decades(uint64_t *state)
{
    return sim_pow(10, -8 + 9 * unit(state));
}

static double draw_ticks(uint64_t *state)
{
    return 0.001 * (double)(1 + (int64_t)(-1000 * sim_log(unit(state))));
}

static double draw_zero(uint64_t *state)
{
    (void)state;
    return 0;
}

static const struct law {
    const char *name;
    double (*draw)(uint64_t *state);
    bool spread; /* the first events are spread as later ones, not all at time 0 */
    bool
        moved; /* an event keeps its old sequence, as a timer that was set before it was due does */
} laws[] = {
    { "phold", draw_phold, true, false },     { "exponential", draw_exponential, true, false },
    { "bimodal", draw_bimodal, true, false }, { "equal", draw_equal, false, false },
    { "staggered", draw_equal, true, false }, { "pareto", draw_pareto, true, false },
    { "decades", draw_decades, true, false }, { "ticks", draw_ticks, true, false },
    { "zero", draw_zero, false, false },      { "moved", draw_phold, true, true },
};

enum { LAWS = sizeof(laws) / sizeof(laws[0]) };

static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 48;
}

/* One round: nanoseconds per event, and the most bytes held. */
static double measure(const struct law *law, const sim_time *delays, uint64_t pending,
                      uint64_t events, size_t *bytes)
{
    struct sim_queue *queue = sim_queue_create();
    struct sim_event event = { 0 };
    uint64_t state = 1, sequence = 0, start = 2;
    clock_t begin = 0;
    double ns;

    for (uint64_t i = 0; i < pending; i++) {
        event.time = 0;
        if (law->spread)
            event.time =
                (sim_time)((law->draw == draw_equal ? unit(&start) : law->draw(&start)) * 1e9);
        event.sequence = sequence++;
        sim_queue_push(queue, &event);
    }
    /* Warm: what was pending at first has gone, up to the slowest of bimodal delays. */
    for (uint64_t k = 0, warm = 4 * pending; k < warm + events; k++) {
        if (k == warm)
            begin = clock();
        if (!sim_queue_pop(queue, SIM_TIME_NEVER, &event))
            abort();
        event.time += delays[next(&state) % DRAWS];
        if (!law->moved)
            event.sequence = sequence++;
        sim_queue_push(queue, &event);
        if (k % 65536 == 0 && *bytes < sim_queue_bytes(queue))
            *bytes = sim_queue_bytes(queue);
    }
    ns = (double)(clock() - begin) / CLOCKS_PER_SEC * 1e9 / (double)events;
    sim_queue_destroy(queue);
    return ns;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void report(sim_time *const delays[LAWS], uint64_t pending, int rounds)
{
    static double ns[LAWS][ROUNDS_MAX];
    size_t bytes[LAWS] = { 0 };
    uint64_t events = pending < 1000000 ? 2000000 : 2 * pending;

    for (int r = 0; r < rounds; r++) {
        for (int i = 0; i < LAWS; i++)
            ns[i][r] = measure(&laws[i], delays[i], pending, events, &bytes[i]);
    }
    for (int i = 0; i < LAWS; i++)
        qsort(ns[i], (size_t)rounds, sizeof(ns[i][0]), compare);
    for (int i = 0; i < LAWS; i++)
        printf("law=%s pending=%llu ns_per_event=%.1f ratio=%.2f bytes_per_event=%.1f\n",
               laws[i].name, (unsigned long long)pending, ns[i][rounds / 2],
               ns[i][rounds / 2] / ns[0][rounds / 2], (double)bytes[i] / (double)pending);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static const uint64_t sizes[] = { 10, 30, 100, 1000, 10000, 100000, 1000000, 10000000 };
    int rounds = argc > 1 ? atoi(argv[1]) : 3;
    sim_time *delays[LAWS];

    if (rounds < 1 || rounds > ROUNDS_MAX) {
        fprintf(stderr, "usage: queue [ROUNDS [PENDING...]], 1 to %d rounds\n", ROUNDS_MAX);
        return 2;
    }
    for (int i = 0; i < LAWS; i++) {
        uint64_t state = 7;

        delays[i] = malloc(DRAWS * sizeof(*delays[i]));
        if (!delays[i])
            return 4;
        for (int k = 0; k < DRAWS; k++)
            delays[i][k] = (sim_time)(laws[i].draw(&state) * 1e9);
    }
    if (argc > 2) {
        for (int k = 2; k < argc; k++) {
            uint64_t pending = strtoull(argv[k], NULL, 10);

            if (pending == 0) {
                fprintf(stderr, "queue: \"%s\" is no number of pending events\n", argv[k]);
                return 2;
            }
            report(delays, pending, rounds);
        }
    } else {
        for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++)
            report(delays, sizes[k], rounds);
    }
    for (int i = 0; i < LAWS; i++)
        free(delays[i]);
    return 0;
}
