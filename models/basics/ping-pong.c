/* ping-pong.c - pairs of nodes that answer each other for ever: the smallest load, for measuring.
 *
 * Members 0 and 1 are partners, 2 and 3, and so on; each serves one ball of its own, so a pair has
 * two in flight. Nothing watches over a ball: one that is lost stays lost, and a network without
 * latency makes it fly for ever in one instant, which the limit on events per instant turns into an
 * error. */
#include "sim/world/model.h"

#include <assert.h>
#include <stddef.h>

struct state {
    int64_t rounds;
};

static const struct sim_field state_fields[] = {
    SIM_STATE(struct state, rounds, "own balls that came back"),
    { 0 },
};

enum message { PING, PONG };

/* The last of an odd number plays alone, against a wall. */
static uint32_t partner(const struct sim_seat *me)
{
    uint32_t other = sim_self(me) ^ 1;

    return other < sim_members(me) ? other : sim_self(me) - 1;
}

static void on_ping(struct sim_seat *me, const struct sim_message *message)
{
    sim_send(me, message->from, PONG, NULL);
}

static void on_pong(struct sim_seat *me, const struct sim_message *message)
{
    struct state *s = sim_state(me);

    s->rounds++;
    sim_send(me, message->from, PING, NULL);
}

static void on_start(struct sim_seat *me)
{
    if (sim_members(me) > 1)
        sim_send(me, partner(me), PING, NULL);
}

const struct sim_model ping_pong_model = {
    .name = "ping-pong",
    .summary = "pairs of nodes that answer each other for ever; for measuring",
    SIM_TABLE(state),
    .messages = {
        [PING] = { "ping", NULL, on_ping },
        [PONG] = { "pong", NULL, on_pong },
    },
    .start = on_start,
};
