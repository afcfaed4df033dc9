#include "tests/lib/script.h"

#include "models/parts/store.h"
#include "tests/lib/play.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct params {
    const char *program;
};

static const struct sim_field params_fields[] = {
    SIM_TEXT(struct params, program, NULL, "what to do"),
    { 0 },
};

struct state {
    int64_t step, member;
    bool fixed; /* asks one member, follows no hint */
    struct store_session session;
};

static const struct sim_field state_fields[] = {
    SIM_STATE(struct state, step, "of the program, from 0"),
    SIM_STATE(struct state, member, "who is asked"),
    { 0 },
};

SIM_RECORD(answer, step, status, value, length);

enum timer { NEXT };
enum note { ANSWER };

enum { WORDS_MAX = 4, WORD_MAX = 24 };

struct step {
    char words[WORDS_MAX][WORD_MAX];
    int count;
};

/* The N-th step; count 0: there is none. */
static struct step step_of(const char *program, int64_t n)
{
    struct step step = { .count = 0 };
    size_t length = 0;

    for (; n > 0 && program != NULL; n--) {
        program = strchr(program, ',');
        if (program != NULL)
            program++;
    }
    for (; program != NULL && *program != '\0' && *program != ','; program++) {
        if (*program == ' ') {
            step.count += length > 0;
            length = 0;
            continue;
        }
        assert(step.count < WORDS_MAX);
        assert(length < WORD_MAX - 1);
        step.words[step.count][length++] = *program;
        step.words[step.count][length] = '\0';
    }
    step.count += length > 0;
    return step;
}

static int64_t number(const struct step *step, int n)
{
    return n < step->count ? strtoll(step->words[n], NULL, 10) : 0;
}

static void go_on(struct sim_seat *me, sim_time after)
{
    struct state *s = sim_state(me);

    s->step++;
    sim_timer(me, NEXT, after);
}

static bool is(const struct step *step, const char *word)
{
    return strcmp(step->words[0], word) == 0;
}

static void on_next(struct sim_seat *me)
{
    const struct params *p = sim_params(me);
    struct state *s = sim_state(me);
    struct step step = step_of(p->program, s->step);
    struct store_request request;
    struct sim_operation o;
    unsigned kind = 0;

    if (step.count == 0)
        return;
    if (is(&step, "wait")) {
        go_on(me, number(&step, 1) * SIM_MILLISECOND);
    } else if (is(&step, "ask")) {
        s->fixed = true;
        s->member = number(&step, 1);
        go_on(me, 0);
    } else if (is(&step, "session")) {
        s->session = (struct store_session){ number(&step, 1), number(&step, 2) };
        go_on(me, 0);
    } else if (is(&step, "follow")) {
        s->fixed = false;
        go_on(me, 0);
    } else {
        while (kind < STORE_OPERATIONS && !is(&step, sim_operation_kind_names[kind]))
            kind++;
        assert(kind < STORE_OPERATIONS);
        o = (struct sim_operation){ kind, number(&step, 1), number(&step, 2), number(&step, 3) };
        request = store_request_of(&o, s->session);
        sim_call(me, kind, (uint32_t)s->member, SIM_SECOND, NULL, 0, &request);
    }
}

static void on_outcome(struct sim_seat *me, const struct sim_outcome *outcome)
{
    struct state *s = sim_state(me);
    const struct store_reply *reply = outcome->body;
    struct answer answer = { s->step, PLAY_REFUSED, SIM_NIL, 0 };
    size_t length = 0;
    bool done;

    if (outcome->status == SIM_CALL_UNKNOWN)
        answer.status = PLAY_UNKNOWN;
    if (outcome->status == SIM_REPLIED) {
        sim_blob_words(outcome->blob, &length);
        answer = (struct answer){ s->step, reply->status, reply->value, (int64_t)length };
    }
    done = answer.status == STORE_OK || answer.status == STORE_MISMATCH ||
           answer.status == STORE_STALE || answer.status == PLAY_UNKNOWN;
    if (done || s->fixed) {
        sim_note(me, ANSWER, &answer);
        go_on(me, 0);
        return;
    }
    s->member =
        answer.status == STORE_REDIRECT ? reply->hint : (s->member + 1) % (int64_t)sim_targets(me);
    sim_timer(me, NEXT, 50 * SIM_MILLISECOND);
}

const struct sim_model script_model = {
    .name = "script",
    .summary = "a client of a store that does what its program says",
    SIM_TABLE(params),
    SIM_TABLE(state),
    .timers = { [NEXT] = { "next", on_next, false } },
    .notes = { [ANSWER] = { "answer", SIM_WORDS(answer) } },
    .calls = {
        [SIM_READ] = { "read", &store_interface, STORE_READ, on_outcome },
        [SIM_WRITE] = { "write", &store_interface, STORE_WRITE, on_outcome },
        [SIM_CAS] = { "cas", &store_interface, STORE_CAS, on_outcome },
        [SIM_ADD] = { "add", &store_interface, STORE_ADD, on_outcome },
        [SIM_APPEND] = { "append", &store_interface, STORE_APPEND, on_outcome },
        [SIM_DELETE] = { "delete", &store_interface, STORE_DELETE, on_outcome },
    },
    .start = on_next,
};
