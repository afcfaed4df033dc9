/* stuck.c - why nobody was answered, as far as the end of the run shows it.
 *
 * No protocol is known here, so this tells what every one of them depends on: who runs, who reaches
 * whom, and what is still wrong. Whether standing still was permitted is then a question of
 * majorities: without one that runs and can talk to a node in its middle no consensus is possible;
 * with one, and nothing wrong any more, the system has no excuse. */
#include "sim/check/verdict.h"

#include <stdio.h>
#include <string.h>

enum { NAMED_MAX = 7, FAULTS_MAX = 5, TALKING_MAX = 500 /* nodes: each is asked about each */ };

/* What keeps a node from working, or NULL. */
static const char *hindrance(const struct sim_evidence *evidence, uint32_t node, char text[80])
{
    struct sim_node_status status;

    sim_world_node_status(evidence->world, node, &status);
    if (status.halted != NULL) {
        snprintf(text, 80, "halted (%.40s)", status.halted);
        return text;
    }
    if (status.is_killed)
        return "killed";
    if (status.is_stopped)
        return "stopped";
    if (status.is_down)
        return "down";
    if (status.is_paused)
        return "paused";
    return status.awaits_disk ? "waits for its disk" : NULL;
}

static void add_nodes(struct sim_verdict *verdict, const struct sim_evidence *evidence,
                      uint32_t group)
{
    const struct sim_names *names = sim_recorder_names(evidence->recorder);
    uint32_t hindered = 0;

    for (uint32_t m = 0; m < evidence->plan->groups[group].count; m++) {
        const uint32_t node = names->first[group] + m;
        char text[80], name[64];
        const char *why = hindrance(evidence, node, text);

        if (why != NULL && hindered++ < NAMED_MAX)
            sim_verdict_add(verdict, "%s %s %s", hindered > 1 ? "," : "",
                            sim_names_text(names, node, name), why);
    }
    if (hindered > NAMED_MAX)
        sim_verdict_add(verdict, " and %u more", hindered - NAMED_MAX);
    if (hindered == 0)
        sim_verdict_add(verdict, " all nodes of %s ran", evidence->plan->groups[group].name);
}

/* Of those that an end would undo. */
static uint32_t add_open_faults(struct sim_verdict *verdict, const struct sim_evidence *evidence)
{
    const struct sim_strike *strikes;
    uint64_t all;
    const size_t count = sim_recorder_strikes(evidence->recorder, &strikes, &all);
    uint32_t open = 0;

    for (size_t i = 0; i < count; i++) {
        const struct sim_fault_plan *fault = &evidence->plan->faults[strikes[i].fault];

        if (!strikes[i].open || strikes[i].count == 0 || fault->kind->endless)
            continue;
        if (open++ < FAULTS_MAX)
            sim_verdict_add(verdict, "%s %s", open == 1 ? "; open:" : ",", fault->kind->name);
    }
    if (open > FAULTS_MAX)
        sim_verdict_add(verdict, " and %u more", open - FAULTS_MAX);
    if (open == 0)
        sim_verdict_add(verdict, "; no fault was open");
    return open;
}

bool sim_verdict_is_gone(const struct sim_evidence *evidence, uint32_t node)
{
    struct sim_node_status status;

    if (evidence->world == NULL)
        return false;
    sim_world_node_status(evidence->world, node, &status);
    return status.is_killed || status.halted != NULL;
}

static bool runs(const struct sim_evidence *evidence, uint32_t node)
{
    struct sim_node_status status;

    sim_world_node_status(evidence->world, node, &status);
    return !status.is_down && !status.is_paused;
}

/* How many nodes that run the best of them reaches both ways, itself among them. */
static uint32_t count_connected(const struct sim_evidence *evidence, uint32_t first, uint32_t count)
{
    uint32_t most = 0;

    for (uint32_t a = first; a < first + count; a++) {
        uint32_t reached = 0;

        for (uint32_t b = first; b < first + count && runs(evidence, a); b++)
            reached += a == b || (runs(evidence, b) && !sim_world_is_cut(evidence->world, a, b) &&
                                  !sim_world_is_cut(evidence->world, b, a));
        most = reached > most ? reached : most;
    }
    return most;
}

void sim_verdict_add_stuck(struct sim_verdict *verdict, const struct sim_evidence *evidence,
                           uint32_t clients)
{
    const struct sim_plan *plan = evidence->plan;
    const uint32_t group = plan->groups[clients].target;
    uint32_t count, connected, open;

    if (evidence->world == NULL || group == SIM_NO_GROUP)
        return;
    count = plan->groups[group].count;
    sim_verdict_add(verdict, "; at the end");
    add_nodes(verdict, evidence, group);
    open = add_open_faults(verdict, evidence);
    if (count > TALKING_MAX)
        return;
    connected =
        count_connected(evidence, sim_recorder_names(evidence->recorder)->first[group], count);
    if (connected <= count / 2)
        sim_verdict_add(verdict,
                        "; at most %u of %u could talk, no majority: it had to stand still",
                        connected, count);
    else
        sim_verdict_add(verdict, "; %u of %u could talk, a majority%s", connected, count,
                        open == 0 ? ": nothing excuses standing still" : "");
}
