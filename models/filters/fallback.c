/* fallback.c - an answer in the place of one: the last that was good, or a default.
 *
 * The caller sees it as degraded and counts it so. What was known last is kept for so many
 * different requests; of others there is nothing, and the failure stands. */
#include "sim/world/filter.h"

#include <string.h>

enum { KEPT_MAX = 1024 };

enum with { LAST, DEFAULT };

static const char *const with_names[] = { "last", "default", NULL };

struct params {
    int64_t with, value, keep;
};
static const struct sim_field params_fields[] = {
    SIM_CHOICE(struct params, with, "last", with_names,
               "the last good answer to the same request, or `value`"),
    SIM_INTEGER(struct params, value, "0", "-1000000000", "1000000000",
                "the value in a default answer"),
    SIM_INTEGER(struct params, keep, "128", "1", "1024", "different requests to remember"),
    { 0 },
};

struct answer {
    uint64_t request; /* hash of it; 0: none */
    int64_t words[SIM_RECORD_WORDS_MAX];
    const struct sim_blob *blob;
};

struct state {
    int64_t given, lacking;
    struct answer *answers; /* [keep]: by hash, the newest takes the place */
};
static const struct sim_field state_fields[] = {
    SIM_STATE(struct state, given, "answers in the place of one"),
    SIM_STATE(struct state, lacking, "failures for which there was none"),
    { 0 },
};

SIM_RECORD(fell_back, total);

enum note { FELL_BACK };

static uint64_t request_hash(const struct sim_passage *passage)
{
    uint32_t count;
    const int64_t *words = sim_passage_request(passage, &count);
    uint64_t hash = 1;

    for (uint32_t i = 0; i < count; i++)
        hash = sim_mix(hash, (uint64_t)words[i]);
    return hash == 0 ? 1 : hash;
}

static struct answer *place_of(struct sim_passage *passage, uint64_t request)
{
    const struct params *p = sim_filter_params(passage);
    struct state *s = sim_filter_state(passage);

    if (!s->answers)
        s->answers = sim_filter_new(passage, (size_t)p->keep * sizeof(*s->answers));
    return &s->answers[request % (uint64_t)p->keep];
}

static void remember(struct sim_passage *passage, const struct sim_outcome *outcome)
{
    const uint64_t request = request_hash(passage);
    struct answer *answer = place_of(passage, request);

    if (answer->blob)
        sim_filter_let_go(passage, answer->blob);
    if (outcome->blob)
        sim_filter_hold(passage, outcome->blob);
    *answer = (struct answer){ .request = request, .blob = outcome->blob };
    if (outcome->body)
        memcpy(answer->words, outcome->body, sim_passage_reply_words(passage) * sizeof(int64_t));
}

static void give(struct sim_passage *passage, struct state *s, const int64_t *words,
                 const struct sim_blob *blob)
{
    s->given++;
    sim_filter_note(passage, FELL_BACK, &(struct fell_back){ s->given });
    sim_substitute(passage, words, blob);
}

static void on_outcome(struct sim_passage *passage, const struct sim_outcome *outcome)
{
    const struct params *p = sim_filter_params(passage);
    struct state *s = sim_filter_state(passage);

    if (!outcome->failed) {
        if (p->with == LAST && !outcome->not_done)
            remember(passage, outcome);
        sim_return(passage, outcome);
    } else if (p->with == DEFAULT) {
        int64_t words[SIM_RECORD_WORDS_MAX] = { 0 };

        sim_passage_set_reply(passage, words, "value", p->value);
        give(passage, s, words, NULL);
    } else {
        const struct answer *answer = place_of(passage, request_hash(passage));

        if (answer->request == request_hash(passage)) {
            give(passage, s, answer->words, answer->blob);
        } else {
            s->lacking++;
            sim_return(passage, outcome);
        }
    }
}

const struct sim_filter fallback_filter = {
    .name = "fallback",
    .summary = "an answer in the place of one: the last that was good, or a default; degraded",
    SIM_TABLE(params),
    SIM_TABLE(state),
    .notes = { [FELL_BACK] = { "fell-back", SIM_WORDS(fell_back) } },
    .on_call = sim_pass,
    .on_outcome = on_outcome,
};
