#define _POSIX_C_SOURCE 200809L
#include "tools/orrery/traced.h"

#include "sim/observe/trace.h"
#include "tools/orrery/runner.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Never returns. The limit of bytes is for files. */
static void run_and_exit(const struct sim_scenario *scenario, const char *spec, bool used,
                         FILE *file)
{
    struct sim_plan plan = *sim_scenario_plan(scenario);
    struct sim_trace_filter filter;
    struct finished_run run;
    char text[SIM_TRACE_TEXT];

    signal(SIGPIPE, SIG_DFL); /* whoever reads has seen enough */
    if (used) {
        runner_run(&run, scenario, NULL);
        runner_finish(&run);
    }
    plan.limits.trace = 0;
    if (spec) {
        const char *wrong = sim_trace_filter_parse(&filter, &plan, spec, text);

        assert(!wrong);
    }
    struct sim_trace *trace = sim_trace_create(&plan, file, spec ? &filter : NULL);
    runner_run(&run, scenario, trace);
    sim_trace_destroy(trace);
    fclose(file);
    _exit(run.end == SIM_END_LIMIT ? EXIT_USAGE : EXIT_HOLDS);
}

bool traced_start(struct traced *traced, const struct sim_scenario *scenario, const char *filter,
                  bool used)
{
    int ends[2];

    fflush(NULL); /* or both would print what waits */
    if (pipe(ends) != 0)
        return false;
    traced->process = fork();
    if (traced->process == 0) {
        close(ends[0]);
        run_and_exit(scenario, filter, used, fdopen(ends[1], "w"));
    }
    close(ends[1]);
    traced->file = traced->process > 0 ? fdopen(ends[0], "r") : NULL;
    if (!traced->file)
        close(ends[0]);
    return traced->file != NULL;
}

enum exit_code traced_finish(struct traced *traced)
{
    int status = 0;

    /* A closed pipe would not do: the other run's process may have its end, too. */
    if (!feof(traced->file))
        kill(traced->process, SIGPIPE);
    fclose(traced->file);
    waitpid(traced->process, &status, 0);
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGPIPE ? EXIT_HOLDS : EXIT_INTERNAL;
    return (enum exit_code)WEXITSTATUS(status);
}
