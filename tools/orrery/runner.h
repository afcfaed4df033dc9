/* runner.h - one run of a scenario, judged: what `run` shows and `sweep` counts.
 *
 * Ownership: init by runner_run, finished by runner_finish; the scenario is the caller's and stays
 * alive. */
#ifndef TOOLS_ORRERY_RUNNER_H
#define TOOLS_ORRERY_RUNNER_H

#include "sim/check/checker.h"
#include "sim/scenario/scenario.h"
#include "sim/world/world.h"
#include "tools/orrery/command.h"
#include "tools/orrery/coverage.h"

struct judged {
    const struct sim_expectation *expectation;
    struct sim_verdict verdict;
};

struct finished_run {
    const struct sim_scenario *scenario;
    struct sim_plan *drawn;      /* the scenario's plan with its random faults as a list */
    const struct sim_plan *plan; /* the same */
    struct sim_world *world;
    struct sim_recorder *recorder;
    enum sim_end end;
    struct judged *judged;
    size_t judged_count;
    struct coverage coverage;
    enum exit_code code; /* of the verdicts; a limit that was reached is EXIT_USAGE */
    char digest[SIM_DIGEST_TEXT];
};

/* Runs SCENARIO under its plan's seed; TRACE or NULL. */
void runner_run(struct finished_run *run, const struct sim_scenario *scenario,
                struct sim_trace *trace);
/* What the recorder keeps: no more than reports need, strikes as a whole, or all decisions. */
enum keeping { KEEP_FIGURES, KEEP_STRUCK, KEEP_DECISIONS };

/* On the way: ASK is called all EVERY of simulated time, with what there is by then. It looks, and
 * changes nothing of the run. */
struct asking {
    void (*ask)(void *context, const struct sim_evidence *evidence); /* NULL: nobody asks */
    void *context;
    sim_time every;
};

/* The whole run, with somebody who asks. */
void runner_run_asked(struct finished_run *run, const struct sim_scenario *scenario,
                      enum keeping keeping, const struct asking *asking);

/* The same no longer than UNTIL: what could still change after that is undecided. */
void runner_run_until(struct finished_run *run, const struct sim_scenario *scenario,
                      struct sim_trace *trace, sim_time until, enum keeping keeping);

struct chronicle;
/* Keeps what happens in CHRONICLE (chronicle.h). */
void runner_run_kept(struct finished_run *run, const struct sim_scenario *scenario,
                     struct chronicle *chronicle, sim_time until);
void runner_finish(struct finished_run *run);

/* What a verdict means for the exit code. */
enum exit_code runner_code(enum sim_verdict_status status);
/* That of the run without what its expectations say that speak of many runs. */
enum exit_code runner_code_of_one(const struct finished_run *run);

/* While a run is under way, LINE is what a dying program prints as the way to repeat it. NULL:
 * none. */
void runner_on_death(const char *line);

#endif
