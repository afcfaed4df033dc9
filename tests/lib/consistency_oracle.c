#include "tests/lib/consistency_oracle.h"
#include "tests/lib/linear_oracle.h"

#include <assert.h>
#include <string.h>

enum { MOST = CONSISTENCY_ORACLE_MAX, INITIAL = -1, THIN_AIR = -2 };

struct event {
    bool reads; /* else it writes */
    uint32_t session;
    int64_t key, value;
    uint64_t invoked, returned;
    int from; /* of a read: an event, INITIAL or THIN_AIR */
};

/* What the definitions speak of: answered reads, acknowledged writes, open writes that were seen,
 * all of plain keys. */
struct history {
    struct event events[MOST];
    size_t count;
};

typedef bool relation[MOST][MOST];

/* -- the history ------------------------------------------------------------------------------- */

static bool is_left_out(const struct sim_linear_operation *op)
{
    return op->kind == SIM_LINEAR_READ && !op->answered;
}

static bool is_write(const struct sim_linear_operation *op)
{
    return op->kind == SIM_LINEAR_WRITE || op->kind == SIM_LINEAR_DELETE;
}

static int64_t written(const struct sim_linear_operation *op)
{
    return op->kind == SIM_LINEAR_DELETE ? SIM_NIL : op->argument;
}

bool consistency_oracle_is_plain(const struct sim_linear_operation *ops, size_t count, int64_t key,
                                 int64_t initial)
{
    for (size_t i = 0; i < count; i++) {
        bool reads_one = ops[i].kind == SIM_LINEAR_READ && ops[i].items == NULL;

        if (ops[i].key != key || is_left_out(&ops[i]))
            continue;
        if (!reads_one && !is_write(&ops[i]))
            return false;
        if (is_write(&ops[i]) && written(&ops[i]) == initial)
            return false;
        for (size_t j = 0; j < i; j++)
            if (ops[j].key == key && is_write(&ops[i]) && is_write(&ops[j]) &&
                written(&ops[i]) == written(&ops[j]))
                return false;
    }
    return true;
}

static bool is_seen(const struct sim_linear_operation *ops, size_t count, size_t write)
{
    for (size_t i = 0; i < count; i++)
        if (ops[i].kind == SIM_LINEAR_READ && ops[i].answered && ops[i].key == ops[write].key &&
            ops[i].value == written(&ops[write]))
            return true;
    return false;
}

static void find_sources(struct history *history, int64_t initial)
{
    for (size_t i = 0; i < history->count; i++) {
        struct event *read = &history->events[i];

        read->from = read->value == initial ? INITIAL : THIN_AIR;
        for (size_t j = 0; j < history->count; j++)
            if (!history->events[j].reads && history->events[j].key == read->key &&
                history->events[j].value == read->value)
                read->from = (int)j;
    }
}

/* Returns whether some key is not plain. */
static bool take(struct history *history, const struct sim_linear_operation *ops, size_t count,
                 const uint32_t *sessions, int64_t initial)
{
    bool mixed = false;

    assert(count <= MOST);
    memset(history, 0, sizeof(*history));
    for (size_t i = 0; i < count; i++) {
        const struct sim_linear_operation *op = &ops[i];

        if (is_left_out(op))
            continue;
        if (!consistency_oracle_is_plain(ops, count, op->key, initial)) {
            mixed = true;
            continue;
        }
        if (is_write(op) && op->returned == SIM_LINEAR_OPEN && !is_seen(ops, count, i))
            continue;
        history->events[history->count++] = (struct event){
            .reads = op->kind == SIM_LINEAR_READ,
            .session = sessions[i],
            .key = op->key,
            .value = is_write(op) ? written(op) : op->value,
            .invoked = op->invoked,
            .returned = op->returned,
        };
    }
    find_sources(history, initial);
    return mixed;
}

/* A comes before B, both in one session. */
static bool in_session(const struct event *a, const struct event *b)
{
    return a->session == b->session && a->returned < b->invoked;
}

/* -- all orders -------------------------------------------------------------------------------- */

struct search {
    const struct history *history;
    bool takes_part[MOST];
    relation before;  /* what the order has to extend */
    bool asked[MOST]; /* whose answer has to be right */
    /* Whether what has its place may stay so; asked again after each step. */
    bool (*fits)(const struct search *search);
    unsigned clauses; /* of a session guarantee */
    size_t order[MOST], placed, all;
};

static bool has_place(const struct search *search, size_t event)
{
    for (size_t i = 0; i < search->placed; i++)
        if (search->order[i] == event)
            return true;
    return false;
}

static bool may_be_next(const struct search *search, size_t event)
{
    for (size_t i = 0; i < search->history->count; i++)
        if (search->takes_part[i] && !has_place(search, i) && search->before[i][event])
            return false;
    return true;
}

static bool completes(struct search *search)
{
    if (search->placed == search->all)
        return true;
    for (size_t i = 0; i < search->history->count; i++) {
        if (!search->takes_part[i] || has_place(search, i) || !may_be_next(search, i))
            continue;
        search->order[search->placed++] = i;
        if (search->fits(search) && completes(search))
            return true;
        search->placed--;
    }
    return false;
}

static bool some_order_fits(struct search *search)
{
    search->placed = search->all = 0;
    for (size_t i = 0; i < search->history->count; i++)
        search->all += search->takes_part[i];
    return (search->all > 0 || search->fits(search)) && completes(search);
}

/* The last write to its key before a read that is asked and has just got its place. */
static bool answer_is_right(const struct search *search)
{
    const struct event *events = search->history->events;
    size_t read = search->placed == 0 ? 0 : search->order[search->placed - 1];
    int last = INITIAL;

    if (search->placed == 0 || !events[read].reads || !search->asked[read])
        return true;
    for (size_t i = 0; i + 1 < search->placed; i++)
        if (!events[search->order[i]].reads && events[search->order[i]].key == events[read].key)
            last = (int)search->order[i];
    return last == events[read].from;
}

/* -- session guarantees ------------------------------------------------------------------------ */

enum clause { RYW = 1, MR = 2, MW = 4, WFR = 8 };

/* V(r) as a bit for each event. */
struct views {
    unsigned of[MOST];
};

static bool includes(unsigned view, size_t write)
{
    return (view >> write & 1) != 0;
}

/* READ returns the last of its view's writes to its key in the order of versions. */
static bool is_served(const struct search *search, unsigned view, size_t read)
{
    const struct event *events = search->history->events;
    int last = INITIAL;

    for (size_t i = 0; i < search->placed; i++)
        if (includes(view, search->order[i]) && events[search->order[i]].key == events[read].key)
            last = (int)search->order[i];
    return last == events[read].from;
}

/* The clauses that speak of one view. */
static bool one_view_obeys(const struct search *search, unsigned view, size_t read)
{
    const struct event *events = search->history->events;

    for (size_t w = 0; w < search->history->count; w++) {
        if (events[w].reads)
            continue;
        if ((search->clauses & RYW) != 0 && in_session(&events[w], &events[read]) &&
            !includes(view, w))
            return false;
        for (size_t later = 0; later < search->history->count; later++)
            if ((search->clauses & MW) != 0 && !events[later].reads && includes(view, later) &&
                in_session(&events[w], &events[later]) && !includes(view, w))
                return false;
    }
    return true;
}

/* The clauses that ask FIRST's view to be part of SECOND's. */
static bool two_views_obey(const struct search *search, const struct views *views, size_t first,
                           size_t second)
{
    const struct event *events = search->history->events;
    bool part = (views->of[first] & ~views->of[second]) == 0;

    if ((search->clauses & MR) != 0 && in_session(&events[first], &events[second]) && !part)
        return false;
    for (size_t w = 0; w < search->history->count; w++)
        if ((search->clauses & WFR) != 0 && !events[w].reads &&
            in_session(&events[first], &events[w]) && includes(views->of[second], w) && !part)
            return false;
    return true;
}

/* Whether the reads from READ on can be given views. */
static bool views_exist(const struct search *search, struct views *views, size_t read)
{
    const struct history *history = search->history;
    unsigned writes = 0;

    while (read < history->count && !history->events[read].reads)
        read++;
    if (read == history->count)
        return true;
    for (size_t i = 0; i < history->count; i++)
        if (!history->events[i].reads)
            writes |= 1u << i;
    for (unsigned view = 0; view <= writes; view++) {
        bool obeys = (view & ~writes) == 0 && is_served(search, view, read) &&
                     one_view_obeys(search, view, read);

        views->of[read] = view;
        for (size_t before = 0; obeys && before <= read; before++)
            if (history->events[before].reads)
                obeys = two_views_obey(search, views, before, read) &&
                        two_views_obey(search, views, read, before);
        if (obeys && views_exist(search, views, read + 1))
            return true;
    }
    return false;
}

static bool versions_explain(const struct search *search)
{
    struct views views;

    return search->placed < search->all || views_exist(search, &views, 0);
}

/* An order of all writes gives one for each key, and every choice of those comes from some. */
static bool has_explanation(const struct history *history, unsigned clauses)
{
    struct search search = { .history = history, .fits = versions_explain, .clauses = clauses };

    for (size_t a = 0; a < history->count; a++) {
        search.takes_part[a] = !history->events[a].reads;
        for (size_t b = 0; b < history->count; b++)
            search.before[a][b] = history->events[a].key == history->events[b].key &&
                                  history->events[a].returned < history->events[b].invoked;
    }
    return some_order_fits(&search);
}

/* HISTORY without reads but those of sessions for which KEEPS has a bit. */
static struct history with_reads_of(const struct history *history, const bool keeps[MOST])
{
    struct history kept = { .count = 0 };
    int now[MOST];

    for (size_t i = 0; i < history->count; i++)
        if (!history->events[i].reads || keeps[i]) {
            now[i] = (int)kept.count;
            kept.events[kept.count++] = history->events[i];
        } else {
            now[i] = THIN_AIR;
        }
    for (size_t i = 0; i < kept.count; i++)
        if (kept.events[i].from >= 0)
            kept.events[i].from = now[kept.events[i].from];
    return kept;
}

static bool is_observer(const struct history *history, uint32_t session)
{
    bool keeps[MOST];
    struct history own;

    for (size_t i = 0; i < history->count; i++)
        keeps[i] = history->events[i].session == session;
    own = with_reads_of(history, keeps);
    return has_explanation(&own, MR);
}

static enum sim_linear_status observed(const struct history *history, unsigned clause)
{
    struct history seen;
    bool keeps[MOST], all = true;

    for (size_t i = 0; i < history->count; i++) {
        keeps[i] = is_observer(history, history->events[i].session);
        all &= keeps[i] || !history->events[i].reads;
    }
    seen = with_reads_of(history, keeps);
    if (has_explanation(&seen, MR | clause))
        return all ? SIM_LINEAR_YES : SIM_LINEAR_UNDECIDED;
    return has_explanation(&seen, MR) ? SIM_LINEAR_NO : SIM_LINEAR_UNDECIDED;
}

static bool sees_the_future(const struct history *history)
{
    for (size_t i = 0; i < history->count; i++) {
        const struct event *read = &history->events[i];

        if (read->reads && read->from >= 0 && read->returned < history->events[read->from].invoked)
            return true;
    }
    return false;
}

static enum sim_linear_status session_guarantee(const struct history *history,
                                                enum sim_consistency what)
{
    if (sees_the_future(history))
        return SIM_LINEAR_NO;
    if (what == SIM_MONOTONIC_WRITES)
        return observed(history, MW);
    if (what == SIM_WRITES_FOLLOW_READS)
        return observed(history, WFR);
    return has_explanation(history, what == SIM_READ_YOUR_WRITES ? RYW : MR) ? SIM_LINEAR_YES
                                                                             : SIM_LINEAR_NO;
}

/* -- causal consistency ------------------------------------------------------------------------ */

static void causal_order(const struct history *history, relation co)
{
    for (size_t a = 0; a < history->count; a++)
        for (size_t b = 0; b < history->count; b++)
            co[a][b] = in_session(&history->events[a], &history->events[b]) ||
                       (history->events[b].reads && history->events[b].from == (int)a);
    for (size_t via = 0; via < history->count; via++)
        for (size_t a = 0; a < history->count; a++)
            for (size_t b = 0; b < history->count; b++)
                co[a][b] |= co[a][via] && co[via][b];
}

static bool weak(const struct history *history, struct search *search)
{
    search->fits = answer_is_right;
    for (size_t read = 0; read < history->count; read++) {
        if (!history->events[read].reads)
            continue;
        for (size_t i = 0; i < history->count; i++) {
            search->takes_part[i] = i == read || search->before[i][read];
            search->asked[i] = i == read;
        }
        if (!some_order_fits(search))
            return false;
    }
    return true;
}

static bool all_agree(const struct search *search)
{
    const struct event *events = search->history->events;

    for (size_t read = 0; read < search->history->count; read++) {
        int last = INITIAL;

        if (search->placed < search->all || !events[read].reads)
            continue;
        for (size_t i = 0; i < search->placed; i++) {
            size_t write = search->order[i];

            if (events[write].key == events[read].key && search->before[write][read])
                last = (int)write;
        }
        if (last != events[read].from)
            return false;
    }
    return true;
}

static bool convergent(const struct history *history, struct search *search)
{
    search->fits = all_agree;
    for (size_t i = 0; i < history->count; i++)
        search->takes_part[i] = !history->events[i].reads;
    return some_order_fits(search);
}

static bool memory(const struct history *history, struct search *search)
{
    search->fits = answer_is_right;
    for (size_t one = 0; one < history->count; one++) {
        for (size_t i = 0; i < history->count; i++) {
            search->asked[i] = history->events[i].reads &&
                               history->events[i].session == history->events[one].session;
            search->takes_part[i] = search->asked[i] || !history->events[i].reads;
        }
        if (!some_order_fits(search))
            return false;
    }
    return true;
}

static bool causal(const struct history *history, enum sim_consistency what)
{
    struct search search = { .history = history };

    causal_order(history, search.before);
    for (size_t i = 0; i < history->count; i++)
        if (search.before[i][i])
            return false;
    if (what == SIM_CAUSAL_WEAK)
        return weak(history, &search);
    if (what == SIM_CAUSAL_CONVERGENT)
        return convergent(history, &search);
    return memory(history, &search);
}

/* -- sequential consistency -------------------------------------------------------------------- */

static bool sequential(const struct history *history)
{
    struct search search = { .history = history, .fits = answer_is_right };

    for (size_t a = 0; a < history->count; a++) {
        search.takes_part[a] = search.asked[a] = true;
        for (size_t b = 0; b < history->count; b++)
            search.before[a][b] = in_session(&history->events[a], &history->events[b]);
    }
    return some_order_fits(&search);
}

/* -- all together ------------------------------------------------------------------------------ */

static bool reads_overlap(const struct history *history)
{
    for (size_t a = 0; a < history->count; a++)
        for (size_t b = 0; b < a; b++) {
            const struct event *one = &history->events[a], *other = &history->events[b];

            if (one->reads && other->reads && one->session == other->session &&
                !in_session(one, other) && !in_session(other, one))
                return true;
        }
    return false;
}

static bool has_thin_air(const struct history *history)
{
    for (size_t i = 0; i < history->count; i++)
        if (history->events[i].reads && history->events[i].from == THIN_AIR)
            return true;
    return false;
}

static enum sim_linear_status judge(const struct history *history, enum sim_consistency what)
{
    bool holds;

    if (has_thin_air(history))
        return SIM_LINEAR_NO;
    if (what <= SIM_WRITES_FOLLOW_READS)
        return session_guarantee(history, what);
    holds = what == SIM_SEQUENTIAL ? sequential(history) : causal(history, what);
    return holds ? SIM_LINEAR_YES : SIM_LINEAR_NO;
}

struct consistency_oracle consistency_oracle(enum sim_consistency what,
                                             const struct sim_linear_operation *ops, size_t count,
                                             const uint32_t *sessions, int64_t initial)
{
    struct consistency_oracle oracle;
    struct history history;

    oracle.mixed = take(&history, ops, count, sessions, initial);
    oracle.overlaps = reads_overlap(&history);
    oracle.absurd = has_thin_air(&history) || sees_the_future(&history);
    oracle.plain = judge(&history, what);
    oracle.status = oracle.plain;
    if (oracle.mixed && oracle.plain != SIM_LINEAR_NO)
        oracle.status = linear_oracle_composed(ops, count, initial) == 1 ? SIM_LINEAR_YES
                                                                         : SIM_LINEAR_UNDECIDED;
    return oracle;
}
