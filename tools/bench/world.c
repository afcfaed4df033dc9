/* world.c - what a run of a scenario costs: the whole kernel through the public interface of
 * models.
 *
 *   world FILE [--digest-off] [--bare] [--set PATH=VALUE]...
 *
 * Prints one line of key=value pairs: events, ns of CPU time per event (of the run alone, without
 * loading), simulated seconds per second, client operations per second, bytes of the queue per
 * pending event, the largest resident set. --bare leaves out history and metrics. */
#define _POSIX_C_SOURCE 200809L
#include "sim/world/world.h"
#include "models/models.h"
#include "sim/check/checker.h"
#include "sim/scenario/scenario.h"
#include "sim/world/draw.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { SETS_MAX = 32 };

static double cpu_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static long resident_kib(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void measure(const struct sim_plan *plan, bool digest_off, bool bare)
{
    struct sim_recorder *recorder = bare ? NULL : sim_recorder_create(plan, NULL);
    struct sim_world *world = sim_world_create(plan, bare ? NULL : sim_recorder_observer(recorder));
    double start, spent;
    size_t operations = 0;

    if (digest_off)
        sim_world_digest_off(world);
    start = cpu_seconds();
    enum sim_end end = sim_world_run(world);
    spent = cpu_seconds() - start;
    if (!bare) {
        sim_recorder_end(recorder, sim_world_time(world));
        operations = sim_history_count(sim_recorder_history(recorder));
    }
    double events = (double)sim_world_events(world), pending = (double)sim_world_pending(world);
    printf(
        "events=%.0f ns_per_event=%.2f simulated_per_s=%.0f operations=%zu operations_per_s=%.0f "
        "queue_bytes_per_pending=%.1f pending=%.0f resident_mib=%.0f end=%d\n",
        events, spent * 1e9 / events, (double)sim_world_time(world) * 1e-9 / spent, operations,
        (double)operations / spent,
        (double)sim_world_queue_bytes(world) / (pending > 0 ? pending : 1), pending,
        (double)resident_kib() / 1024, (int)end);
    sim_world_destroy(world);
    sim_recorder_destroy(recorder);
}

int main(int argc, char **argv)
{
    const char *sets[SETS_MAX + 1] = { NULL };
    size_t set_count = 0;
    bool digest_off = false, bare = false;
    struct sim_document_options options = { .sets = sets };
    struct sim_catalogue catalogue = {
        .models = sim_models(),
        .filters = sim_filters(),
        .checkers = (const struct sim_described *const *)(const void *)sim_checkers(),
    };

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--digest-off") == 0)
            digest_off = true;
        else if (strcmp(argv[i], "--bare") == 0)
            bare = true;
        else if (strcmp(argv[i], "--set") == 0 && i + 1 < argc && set_count < SETS_MAX)
            sets[set_count++] = argv[++i];
        else
            options.path = argv[i];
    }
    if (!options.path) {
        fputs("usage: world FILE [--digest-off] [--bare] [--set PATH=VALUE]...\n", stderr);
        return 2;
    }
    struct sim_diagnostics *diagnostics = sim_diagnostics_create();
    struct sim_scenario *scenario = sim_scenario_load(&catalogue, &options, diagnostics);
    sim_diagnostics_print(diagnostics, stderr, false);
    sim_diagnostics_destroy(diagnostics);
    if (!scenario)
        return 2;
    struct sim_plan *plan = sim_plan_draw(sim_scenario_plan(scenario));
    measure(plan, digest_off, bare);
    sim_drawn_destroy(plan);
    sim_scenario_destroy(scenario);
    return 0;
}
