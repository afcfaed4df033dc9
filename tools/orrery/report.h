/* report.h - one run, told to a person in 80 columns, or to a program as one JSON object.
 *
 * Verdicts first, then figures, then what happened when, then the line that repeats the run, then
 * its digest. Nothing here judges or chooses exit codes.
 *
 * Ownership: everything pointed to is the caller's. Determinism: a function of the report; colour
 * adds escapes and changes nothing else. */
#ifndef TOOLS_ORRERY_REPORT_H
#define TOOLS_ORRERY_REPORT_H

#include "sim/check/checker.h"
#include "sim/world/world.h"
#include "tools/orrery/coverage.h"
#include "tools/orrery/over.h"

#include <stdio.h>

struct report_verdict {
    const char *checker;     /* "availability" */
    const char *expectation; /* as written: "availability: {clients: app, at_least: 70%}" */
    struct sim_verdict verdict;
    const struct over_result *over; /* what many runs came to, instead of this one; or NULL */
    char *again;                    /* the line that shows a run which violates it; or NULL */
};

struct report_route { /* calls of a group */
    uint32_t group;
    const char *name;
    bool filtered; /* they go through filters */
    struct sim_route_stats stats;
};

struct report {
    const char *scenario; /* its name */
    const char *file;     /* as it was called, "-" for standard input */
    const char *about;    /* or NULL */
    const char *variant;  /* NULL: the base */
    uint64_t seed;
    const struct sim_plan *plan;
    const struct sim_recorder *recorder; /* ended */
    const struct report_verdict *verdicts;
    size_t verdict_count;
    const struct sim_group_stats *stats; /* one for each group of the plan */
    const struct report_route *routes;   /* of all groups, in their order */
    size_t route_count;
    const uint64_t *set_off; /* by fault of the plan: sim_world_fault_set_off */
    const struct coverage *coverage;
    enum sim_end end;
    const char *limit; /* sim_world_limit: the limit that ended the run, or NULL */
    sim_time ended;
    uint64_t events;
    const char *digest, *repeat; /* the line that repeats the run */
};

/* Whether FAULT of the plan waited in vain for what was to set it off; TEXT says so. */
bool report_warning(const struct report *report, uint32_t fault, char text[512]);

/* The worst of the verdicts: violated before undecided before holds. */
enum sim_verdict_status report_status(const struct report *report);

void report_print(const struct report *report, FILE *file, bool colour);
/* {"scenario":...,"seed":...,"digest":...,"verdicts":[...],"metrics":{...},...} and a line feed;
 * times in ns, always the same keys in the same order. Returns NULL, or what the stream reported.
 */
const char *report_print_json(const struct report *report, FILE *file);
/* One line of a sweep: the seed, the worst verdict, and the first that is as bad. */
void report_print_line(const struct report *report, FILE *file, bool colour);

#endif
