#include "tools/orrery/over_run.h"
#include "sim/check/checkers.h"
#include "sim/core/mem.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

bool over_run_is_wanted(const struct sim_scenario *scenario)
{
    size_t count;
    const struct sim_expectation *expectations = sim_scenario_expectations(scenario, &count);

    for (size_t i = 0; i < count; i++) {
        if (expectations[i].over)
            return true;
    }
    return false;
}

static bool is_within(uint64_t first, uint64_t last, const struct campaign *campaign)
{
    return first >= campaign->first && last <= campaign->last;
}

static struct campaign *find_campaign(struct over_run *run, const struct sim_over *over)
{
    for (size_t i = 0; i < run->campaign_count; i++) {
        if (is_within(over->first, over->last, &run->campaigns[i]))
            return &run->campaigns[i];
    }
    return NULL;
}

/* Widens a campaign that the range of OVER overlaps or adjoins, or adds one; where there are too
 * many, the last takes all that is left. */
static void ask_for(struct over_run *run, const struct sim_over *over)
{
    struct campaign *campaign;

    for (size_t i = 0; i < run->campaign_count; i++) {
        campaign = &run->campaigns[i];
        if ((over->last + 1 >= campaign->first && over->first <= campaign->last + 1) ||
            i + 1 == OVER_RUN_CAMPAIGNS) {
            campaign->first = over->first < campaign->first ? over->first : campaign->first;
            campaign->last = over->last > campaign->last ? over->last : campaign->last;
            return;
        }
    }
    campaign = &run->campaigns[run->campaign_count++];
    *campaign = (struct campaign){ .first = over->first, .last = over->last };
}

static bool is_of_invariants(const struct sim_expectation *expectations, size_t count, size_t index)
{
    return index >= count || (expectations[index].checker == &sim_invariants_checker.about &&
                              !expectations[index].over);
}

/* What was judged unasked, or asked of one run alone, and yet broken. */
static void look_for_broken(struct over_run *run, const struct sim_expectation *expectations,
                            size_t expectation_count)
{
    uint64_t runs = 0, broken = 0, seed = 0;
    const char *text = NULL;

    for (size_t c = 0; c < run->campaign_count; c++) {
        const struct campaign *campaign = &run->campaigns[c];

        for (size_t i = 0; i < campaign->run_count; i++) {
            const struct outcome *outcome = campaign->outcomes[i];

            runs++;
            for (size_t v = 0; v < outcome->verdict_count; v++) {
                if (outcome->verdicts[v].status != SIM_BROKEN ||
                    !is_of_invariants(expectations, expectation_count, v))
                    continue;
                if (broken++ == 0) {
                    seed = outcome->seed;
                    text = outcome->verdicts[v].text;
                }
                break;
            }
        }
    }
    if (broken > 0)
        run->broken = sim_format("broken under %" PRIu64 " of %" PRIu64 " seeds that `over:` asks "
                                 "for; seed %" PRIu64 ": %s",
                                 broken, runs, seed, text);
}

/* Deaths and limits; other verdicts of single runs say nothing of many. */
static enum exit_code code_of(const struct campaign *campaign)
{
    enum exit_code code = campaign->end == CAMPAIGN_BROKEN ? EXIT_INTERNAL : EXIT_HOLDS;
    const struct outcome *limited = NULL;

    for (size_t i = 0; i < campaign->run_count; i++) {
        const struct outcome *outcome = campaign->outcomes[i];

        if (outcome->death) {
            char *again = campaign_repeat(campaign, outcome);

            fprintf(stderr, "orrery: seed %" PRIu64 " died: %s; again with\n  %s\n", outcome->seed,
                    outcome->death, again);
            sim_free(again);
            code = worse(code, EXIT_INTERNAL);
        }
        if (outcome->limit && !limited)
            limited = outcome;
    }
    if (limited)
        fprintf(stderr, "orrery: seed %" PRIu64 " was ended by the limit of %s\n", limited->seed,
                limited->limit);
    return limited ? worse(code, EXIT_USAGE) : code;
}

static void judge(struct over_run *run, const struct sim_expectation *expectations)
{
    for (size_t i = 0; i < run->result_count; i++) {
        const struct sim_over *over = expectations[i].over;
        const struct campaign *campaign = over ? find_campaign(run, over) : NULL;

        if (!over)
            continue;
        assert(campaign);
        over_judge(&run->results[i], campaign, 0, i, over->first, over->last,
                   over->last - over->first + 1);
        run->code = worse(run->code, runner_code(run->results[i].status));
    }
}

int over_run_make(struct over_run *run, const struct options *options,
                  struct sim_scenario *scenario)
{
    const struct sim_expectation *expectations;

    *run = (struct over_run){ .options = *options };
    expectations = sim_scenario_expectations(scenario, &run->result_count);
    run->results = sim_alloc_array(run->result_count, sizeof(*run->results));
    for (size_t i = 0; i < run->result_count; i++) {
        if (expectations[i].over)
            ask_for(run, expectations[i].over);
    }
    for (size_t i = 0; i < run->campaign_count; i++) {
        struct campaign *campaign = &run->campaigns[i];
        int wrong;

        campaign->options = &run->options;
        if ((wrong = options_jobs(options, &campaign->jobs)) >= 0)
            return wrong;
        campaign_borrow(campaign, scenario);
    }
    for (size_t i = 0; i < run->campaign_count; i++) {
        campaign_run(&run->campaigns[i]);
        run->code = worse(run->code, code_of(&run->campaigns[i]));
        if (run->campaigns[i].end == CAMPAIGN_INTERRUPTED)
            break; /* what is missing is told */
    }
    judge(run, expectations);
    look_for_broken(run, expectations, run->result_count);
    if (run->broken)
        run->code = worse(run->code, EXIT_VIOLATED);
    return -1;
}

void over_run_finish(struct over_run *run)
{
    for (size_t i = 0; i < run->result_count; i++)
        over_finish(&run->results[i]);
    for (size_t i = 0; i < run->campaign_count; i++)
        campaign_finish(&run->campaigns[i]);
    sim_free(run->results);
    sim_free(run->broken);
}

char *over_run_repeat(const struct over_run *run, const struct over_result *result)
{
    if (!result->has_culprit || result->status != SIM_BROKEN)
        return NULL;
    return repeat_line(&run->options, result->culprit);
}
