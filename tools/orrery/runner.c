#define _POSIX_C_SOURCE 200809L
#include "tools/orrery/runner.h"
#include "sim/check/checkers.h"
#include "sim/core/mem.h"
#include "sim/world/draw.h"
#include "tools/orrery/chronicle.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

/* The one piece of state outside all structs: a signal handler has no other way to learn it. */
static const char *volatile last_words;

static void say(const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        ssize_t n = write(STDERR_FILENO, text, left);

        if (n <= 0)
            return;
        text += n;
        left -= (size_t)n;
    }
}

static void on_death(int number)
{
    say("orrery: internal error; this run dies again with\n  ");
    say(last_words);
    say("\n");
    (void)number;
    _exit(EXIT_INTERNAL);
}

void runner_on_death(const char *line)
{
    static const int deadly[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL };
    struct sigaction action = { .sa_handler = line ? on_death : SIG_DFL };

    last_words = line;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
        sigaction(deadly[i], &action, NULL);
}

enum exit_code runner_code(enum sim_verdict_status status)
{
    return status == SIM_HOLDS ? EXIT_HOLDS : status == SIM_BROKEN ? EXIT_VIOLATED : EXIT_UNDECIDED;
}

/* A broken invariant is told even if the scenario expects nothing of the kind. */
static const struct sim_expectation always = {
    .checker = &sim_invariants_checker.about,
    .text = "invariants (judged in every run)",
};

static bool asks_for_invariants(const struct finished_run *run)
{
    for (size_t i = 0; i < run->judged_count; i++) {
        const struct sim_described *checker = run->judged[i].expectation->checker;

        if (checker == &sim_invariants_checker.about || checker == &sim_violation_checker.about)
            return true;
    }
    return false;
}

static void cover(struct finished_run *run)
{
    const uint64_t **reached = sim_alloc_array(run->plan->group_count, sizeof(*reached));

    for (uint32_t g = 0; g < run->plan->group_count; g++)
        reached[g] = sim_world_reached(run->world, g);
    coverage_make(&run->coverage, sim_scenario_plan(run->scenario), run->recorder, reached);
    sim_free(reached);
}

void runner_run(struct finished_run *run, const struct sim_scenario *scenario,
                struct sim_trace *trace)
{
    runner_run_until(run, scenario, trace, SIM_TIME_NEVER, KEEP_FIGURES);
}

/* How a run is made, apart from its scenario. */
struct way {
    struct sim_trace *trace;
    struct chronicle *chronicle;
    sim_time until;
    enum keeping keeping;
    const struct asking *asking;
};

static struct sim_evidence evidence_of(const struct finished_run *run, sim_time ended)
{
    return (struct sim_evidence){
        .plan = run->plan,
        .recorder = run->recorder,
        .ended = ended,
        .limit = sim_world_limit(run->world),
        .world = run->world,
    };
}

static void run_world(struct finished_run *run, const struct asking *asking)
{
    sim_time t = asking ? asking->every : SIM_TIME_NEVER;

    while (t < run->plan->duration && sim_world_run_to(run->world, t)) {
        struct sim_evidence evidence = evidence_of(run, t);

        asking->ask(asking->context, &evidence);
        t += asking->every;
    }
    run->end = sim_world_run(run->world);
    sim_recorder_end(run->recorder, sim_world_time(run->world));
}

static void run_and_judge(struct finished_run *run, const struct sim_scenario *scenario,
                          const struct way *way)
{
    char limit[SIM_TIME_TEXT + 16], time[SIM_TIME_TEXT];
    const struct sim_expectation *expectations =
        sim_scenario_expectations(scenario, &run->judged_count);

    run->scenario = scenario;
    run->drawn = sim_plan_draw(sim_scenario_plan(scenario));
    run->plan = run->drawn;
    const bool is_shorter = way->until < run->drawn->duration;
    if (is_shorter) /* only now: faults are drawn for the whole run */
        run->drawn->duration = way->until;
    run->recorder = sim_recorder_create(run->plan, way->trace);
    if (way->chronicle)
        sim_recorder_listen(run->recorder, chronicle_keep, way->chronicle);
    if (way->keeping == KEEP_STRUCK)
        sim_recorder_keep_struck(run->recorder);
    if (way->keeping == KEEP_DECISIONS)
        sim_recorder_keep_decisions(run->recorder);
    run->world = sim_world_create(run->plan, sim_recorder_observer(run->recorder));
    run_world(run, way->asking);
    struct sim_digest digest = sim_world_digest(run->world);
    sim_digest_text(run->digest, &digest);

    cover(run);
    struct sim_evidence evidence = evidence_of(run, sim_world_time(run->world));
    if (is_shorter && !evidence.limit && run->end != SIM_END_QUIET) {
        snprintf(limit, sizeof(limit), "%s (--until)", sim_time_text(time, way->until));
        evidence.limit = limit;
    }
    run->code = run->end == SIM_END_LIMIT ? EXIT_USAGE : EXIT_HOLDS;
    run->judged = sim_alloc_array(run->judged_count + 1, sizeof(*run->judged));
    for (size_t i = 0; i < run->judged_count; i++) {
        struct judged *judged = &run->judged[i];
        const struct sim_checker *checker =
            (const struct sim_checker *)(const void *)expectations[i].checker;

        judged->expectation = &expectations[i];
        sim_checker_judge(checker, &evidence, expectations[i].params, expectations[i].is_violated,
                          &judged->verdict);
        run->code = worse(run->code, runner_code(judged->verdict.status));
    }
    if (run->end == SIM_END_VIOLATED && !asks_for_invariants(run)) {
        struct judged *judged = &run->judged[run->judged_count++];

        judged->expectation = &always;
        sim_invariants_judge(&evidence, &judged->verdict);
        run->code = worse(run->code, runner_code(judged->verdict.status));
    }
}

void runner_run_until(struct finished_run *run, const struct sim_scenario *scenario,
                      struct sim_trace *trace, sim_time until, enum keeping keeping)
{
    const struct way way = { .trace = trace, .until = until, .keeping = keeping };

    run_and_judge(run, scenario, &way);
}

void runner_run_asked(struct finished_run *run, const struct sim_scenario *scenario,
                      enum keeping keeping, const struct asking *asking)
{
    const struct way way = { .until = SIM_TIME_NEVER,
                             .keeping = keeping,
                             .asking = asking->ask ? asking : NULL };

    run_and_judge(run, scenario, &way);
}

void runner_run_kept(struct finished_run *run, const struct sim_scenario *scenario,
                     struct chronicle *chronicle, sim_time until)
{
    const struct way way = { .chronicle = chronicle, .until = until, .keeping = KEEP_FIGURES };

    run_and_judge(run, scenario, &way);
}

enum exit_code runner_code_of_one(const struct finished_run *run)
{
    enum exit_code code = run->end == SIM_END_LIMIT ? EXIT_USAGE : EXIT_HOLDS;

    for (size_t i = 0; i < run->judged_count; i++) {
        if (!run->judged[i].expectation->over)
            code = worse(code, runner_code(run->judged[i].verdict.status));
    }
    return code;
}

void runner_finish(struct finished_run *run)
{
    sim_world_destroy(run->world);
    sim_recorder_destroy(run->recorder);
    sim_drawn_destroy(run->drawn);
    sim_free(run->judged);
    coverage_finish(&run->coverage);
}
