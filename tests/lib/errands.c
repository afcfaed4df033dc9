/* errands.c - see errands.h. */
#include "tests/lib/errands.h"

static void errands_start(struct sim_seat *me)
{
    const struct errands *errands = context_of(me);

    for (size_t i = 0; i < errands->count; i++) {
        if (errands->list[i].from == sim_self(me) && errands->list[i].at >= sim_now(me))
            sim_later(me, SOON, errands->list[i].at - sim_now(me), &i, sizeof(i));
    }
}

static void errands_later(struct sim_seat *me, unsigned kind, const void *context)
{
    const struct errands *errands = context_of(me);
    const struct errand *errand = &errands->list[*(const size_t *)context];
    struct pair pair = { errand->value, sim_now(me) };

    (void)kind;
    if (errand->words == 0) {
        sim_send(me, errand->to, WORD, &pair);
        return;
    }
    int64_t *words;
    struct sim_blob *blob = sim_blob_make(me, errand->words, &words);
    for (uint32_t i = 0; i < errand->words; i++)
        words[i] = i;
    sim_send_blob(me, errand->to, CARGO, &pair, blob);
}

static void errands_message(struct sim_seat *me, unsigned kind, const struct sim_message *message)
{
    const struct pair *pair = message->body;

    (void)kind;
    say(me, pair->a, sim_now(me));
    if (pair->a < 0)
        sim_send(me, message->from, WORD, &(struct pair){ -pair->a, sim_now(me) });
}

struct script errands_script(struct errands *errands)
{
    return (struct script){ .start = errands_start,
                            .later = errands_later,
                            .message = errands_message,
                            .context = errands };
}

sim_time came_at(const struct stage *stage, uint32_t node, int64_t value)
{
    for (size_t i = 0; i < stage->watch.count; i++) {
        const struct seen *seen = &stage->watch.seen[i];

        if (seen->kind == SIM_HAPPENED_NOTE && seen->node == node && seen->words[0] == value)
            return seen->words[1];
    }
    return -1;
}

size_t came_often(const struct stage *stage, uint32_t node, int64_t value)
{
    size_t count = 0;

    for (size_t i = 0; i < stage->watch.count; i++) {
        const struct seen *seen = &stage->watch.seen[i];

        count += seen->kind == SIM_HAPPENED_NOTE && seen->node == node && seen->words[0] == value;
    }
    return count;
}
