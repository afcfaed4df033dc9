/* passage.c - calls on their way through filters.
 *
 * A call through filters is a tree: the call itself, below it the passage through its first filter,
 * below a passage whatever it started: passages through the next filter, behind the last one
 * attempts, which are calls without filters. Each knows those directly below it, as a list. What
 * ends leaves the tree with all that is below it, and tells the one above.
 *
 * A call has at most one passage through each filter at a time unless something hedges, so those
 * have their place beside the call; the others come from a slab. */
#include "sim/world/passage.h"

#include <assert.h>
#include <string.h>

enum { OF_SLAB = SIM_FILTERS_MAX, WAKE_HASH = 0x77616b65, END_HASH = 0x656e6465 };

/* What an end tells the one above, besides the outcome. */
enum ending { NOT_ENDING, GIVES_UP, SUBSTITUTES };

struct sim_passage {
    int64_t memory[SIM_PASSAGE_MAX / sizeof(int64_t)];
    struct whole *whole;
    const struct filter_use *use;
    struct sim_passage *above; /* NULL: the call itself */
    struct sim_passage *next;  /* beside it, below the same */
    struct sim_passage *first; /* of those below; NULL: none, or they are attempts */
    uint32_t attempt;          /* slot of the first of those below; 0: none, or they are passages */
    uint32_t slot;             /* 0: it is one of the call's own */
    uint32_t generation;
    uint32_t wake;   /* generation of the wake that is set; 0: none */
    uint32_t to;     /* whom what it starts is for, unless it says otherwise */
    uint32_t answer; /* packet with the reply that takes the place of one */
    uint8_t ending;  /* enum ending: waits for its event */
    bool open, calling;
    bool perhaps; /* something below it ended that may have been executed */
};

static struct sim_world *world_of(const struct sim_passage *p)
{
    return p->whole->seat->class->world;
}

static struct call *call_at(const struct sim_world *world, uint32_t slot)
{
    return slab_at(&world->calls, slot);
}

/* -- the tree ---------------------------------------------------------------------------------- */

/* Where the passages below ABOVE begin, or the one below WHOLE itself. */
static struct sim_passage **passages_below(struct whole *whole, struct sim_passage *above)
{
    return above ? &above->first : &whole->first;
}

static uint32_t *attempts_below(struct whole *whole, struct sim_passage *above)
{
    return above ? &above->attempt : &whole->attempt;
}

/* Of the call's own ones. */
static struct sim_passage *own_passage(struct whole *whole, uint32_t level)
{
    return (struct sim_passage *)(void *)(whole + 1) + level;
}

/* The request: at the end, behind the last of its own passages. */
static int64_t *words_of(const struct sim_world *world, struct whole *whole)
{
    return (int64_t *)(void *)((char *)whole + world->wholes.size) - SIM_RECORD_WORDS_MAX;
}

static struct sim_passage *take_passage(struct sim_world *world, struct whole *whole,
                                        const struct filter_use *use)
{
    struct sim_passage *p = own_passage(whole, use->level);

    if (p->open) {
        const uint32_t slot = slab_take(&world->passages);

        p = slab_at(&world->passages, slot);
        p->slot = slot;
    }
    return p;
}

static void free_passage(struct sim_world *world, struct sim_passage *p)
{
    p->open = false;
    if (p->slot != 0)
        slab_give(&world->passages, p->slot);
}

/* Tells events of it from those of others. */
static struct sim_event event_of(const struct sim_passage *p, enum event_type type, sim_time time)
{
    const struct sim_seat *seat = p->whole->seat;

    return (struct sim_event){
        .time = time,
        .sequence = next_sequence(seat->class->world),
        .index = seat->member,
        .from = type == EVENT_WAKE ? p->wake : p->generation,
        .slot = p->slot != 0 ? p->slot : p->whole->slot,
        .class = (uint16_t)seat->class->index,
        .type = (uint8_t)type,
        .what = p->slot != 0 ? OF_SLAB : p->use->level,
    };
}

static struct sim_passage *passage_of(const struct sim_world *world, const struct sim_event *event)
{
    return event->what == OF_SLAB ? slab_at(&world->passages, event->slot)
                                  : own_passage(slab_at(&world->wholes, event->slot), event->what);
}

static void free_open(struct sim_world *world, struct call *call, uint32_t slot)
{
    assert(call->open); /* a slot that is given back twice is two calls from then on */
    call->open = false;
    slab_give(&world->calls, slot);
}

/* Abandons the attempts of LIST. True if there is one: it may have been, or be, executed. */
static bool close_attempts(struct sim_world *world, uint32_t *list)
{
    const bool perhaps = *list != 0;

    while (*list != 0) {
        const uint32_t slot = *list;
        struct call *attempt = call_at(world, slot);

        *list = attempt->next;
        free_open(world, attempt, slot);
    }
    return perhaps;
}

/* Abandons all on LIST and below. True if any of it may have been, or be, executed. FORGETS: the
 * node has crashed, and its filters know nothing any more. */
static bool close_passages(struct sim_world *world, struct sim_passage **list, bool forgets)
{
    bool perhaps = false;

    while (*list != NULL) {
        struct sim_passage *p = *list;

        *list = p->next;
        perhaps |= close_attempts(world, &p->attempt);
        perhaps |= close_passages(world, &p->first, forgets);
        perhaps |= p->perhaps;
        if (p->use->filter->on_abandon && !forgets)
            p->use->filter->on_abandon(p);
        free_packet(world, p->answer);
        free_passage(world, p);
    }
    return perhaps;
}

/* Most often nothing is left below what ends. */
static inline bool close_below(struct sim_world *world, struct sim_passage *p)
{
    if (p->attempt != 0)
        return close_attempts(world, &p->attempt);
    return p->first != NULL && close_passages(world, &p->first, false);
}

/* -- down the chain ---------------------------------------------------------------------------- */

static void start_attempt(struct whole *whole, struct sim_passage *above, uint32_t to)
{
    struct sim_seat *seat = whole->seat;
    struct sim_world *world = seat->class->world;
    const uint32_t slot = open_call(seat, whole->route_number, to, NULL, 0);
    struct call *attempt = call_at(world, slot);
    uint32_t *list = attempts_below(whole, above);

    attempt->attempt = true;
    attempt->whole = whole;
    attempt->passage = above;
    attempt->next = *list;
    *list = slot;
    whole->attempts++;
    send_request(seat, slot, words_of(world, whole));
}

static void begin_passage(struct whole *whole, struct sim_passage *above,
                          const struct filter_use *use, uint32_t to)
{
    struct sim_world *world = whole->seat->class->world;
    struct sim_passage *p = take_passage(world, whole, use);
    struct sim_passage **list = passages_below(whole, above);

    /* one by one: the processor clears a struct more slowly */
    for (size_t i = 0; i < sizeof(p->memory) / sizeof(*p->memory); i++)
        p->memory[i] = 0;
    p->whole = whole;
    p->use = use;
    p->above = above;
    p->next = *list;
    p->first = NULL;
    p->attempt = p->wake = p->answer = 0;
    p->to = to;
    p->generation++;
    p->ending = NOT_ENDING;
    p->open = p->calling = true;
    p->perhaps = false;
    *list = p;
    use->filter->on_call(p);
    p->calling = false;
}

static __attribute__((noinline)) void make_chains(struct class *class)
{
    class->chain_block = sim_alloc(class->count * class->chain_stride + CACHE_LINE);
    class->chains = class->chain_block +
                    (CACHE_LINE - (uintptr_t) class->chain_block % CACHE_LINE) % CACHE_LINE;
}

void start_chain(struct sim_seat *seat, uint32_t slot, sim_time left, const void *request)
{
    struct sim_world *world = seat->class->world;
    struct call *call = call_at(world, slot);
    struct route *route = &seat->class->routes[call->route];
    const struct sim_record *record = route->operation->request;
    const uint32_t whole_slot = slab_take(&world->wholes);
    struct whole *whole = slab_at(&world->wholes, whole_slot);

    if (!seat->class->chains)
        make_chains(seat->class);
    struct chain *chain = chain_of(seat);
    struct whole *next = chain->wholes;

    whole->first = NULL;
    whole->attempt = whole->attempts = whole->draws = 0;
    whole->slot = whole_slot;
    whole->call = slot;
    whole->to = call->to;
    whole->route_number = call->route;
    whole->seat = seat;
    whole->route = route;
    whole->chain = chain;
    whole->next = next;
    whole->previous = NULL;
    whole->number = ++chain->calls[call->route];
    whole->deadline = SIM_TIME_NEVER;
    whole->key = 0;
    if (left < SIM_TIME_NEVER - sim_now(seat))
        whole->deadline = sim_now(seat) + left;
    if (record) {
        assert(record->words <= STAMP_LEFT);
        copy_words(words_of(world, whole), request, record->words);
    }
    if (next)
        next->previous = whole;
    chain->wholes = whole;
    call->whole = whole;
    if (route->use_count > 0)
        begin_passage(whole, NULL, route->uses, whole->to);
    else
        start_attempt(whole, NULL, whole->to);
}

/* -- up the chain ------------------------------------------------------------------------------ */

static void free_whole(struct sim_world *world, struct whole *whole)
{
    if (whole->previous)
        whole->previous->next = whole->next;
    else
        whole->chain->wholes = whole->next;
    if (whole->next)
        whole->next->previous = whole->previous;
    slab_give(&world->wholes, whole->slot);
}

/* The call is over, with nothing left below it, and the caller is told, within the present event.
 */
static void finish_call(struct sim_world *world, struct whole *whole,
                        const struct sim_outcome *outcome)
{
    _Alignas(int64_t) char context[SIM_CONTEXT_MAX];
    struct sim_seat *seat = whole->seat;
    struct route *route = whole->route;
    struct call *call = call_at(world, whole->call);
    struct sim_outcome told = *outcome;

    assert(whole->first == NULL);
    memcpy(context, call->context, sizeof(context));
    told.attempts = whole->attempts;
    told.context = context;
    route->stats.replied += told.status == SIM_REPLIED;
    route->stats.degraded += told.degraded;
    route->stats.refused += told.status == SIM_REFUSED;
    route->stats.unknown += told.status == SIM_CALL_UNKNOWN;
    route->stats.unsent += told.attempts == 0;
    free_open(world, call, whole->call);
    free_whole(world, whole);
    route->site->handler(seat, &told);
}

/* Something below ABOVE, already taken out of the tree, came to OUTCOME. */
static void tell_above(struct sim_world *world, struct whole *whole, struct sim_passage *above,
                       const struct sim_outcome *outcome, bool perhaps)
{
    if (above == NULL) {
        finish_call(world, whole, outcome);
        return;
    }
    const struct sim_filter *filter = above->use->filter;

    above->perhaps |= perhaps;
    if (above->ending != NOT_ENDING) /* decided already */
        return;
    if (filter->on_outcome)
        filter->on_outcome(above, outcome);
    else
        sim_return(above, outcome);
}

/* Nothing is left below it. */
static void end_passage(struct sim_world *world, struct sim_passage *p,
                        const struct sim_outcome *outcome, bool perhaps)
{
    struct whole *whole = p->whole;
    struct sim_passage *above = p->above, **list = passages_below(whole, above);
    const uint32_t answer = p->answer;

    while (*list != p)
        list = &(*list)->next;
    *list = p->next;
    free_passage(world, p);
    tell_above(world, whole, above, outcome, perhaps);
    free_packet(world, answer);
}

/* No reply: what becomes of the call is what its attempts say. */
static void give_up(struct sim_passage *p)
{
    struct sim_world *world = world_of(p);
    const bool perhaps = close_below(world, p) || p->perhaps;
    const struct sim_outcome outcome = {
        .status = perhaps ? SIM_CALL_UNKNOWN : SIM_REFUSED,
        .to = p->whole->to,
        .not_done = !perhaps,
        .failed = true,
    };

    end_passage(world, p, &outcome, perhaps);
}

static void substitute(struct sim_passage *p)
{
    struct sim_world *world = world_of(p);
    const struct packet *packet = slab_at(&world->packets, p->answer);
    const bool perhaps = close_below(world, p) || p->perhaps;
    const struct sim_outcome outcome = {
        .status = SIM_REPLIED,
        .to = p->whole->to,
        .body = p->whole->route->operation->reply ? packet->words : NULL,
        .blob = packet->blob,
        .degraded = true,
    };

    end_passage(world, p, &outcome, perhaps);
}

/* Not within on_call: the one above may not have returned from starting it. */
static void end_later(struct sim_passage *p, enum ending ending)
{
    struct sim_world *world = world_of(p);
    const struct sim_event event = event_of(p, EVENT_PASSED, world->now);

    p->ending = (uint8_t)ending;
    sim_queue_push(world->queue, &event);
}

/* A reply is the outcome. What another attempt did counts, too. */
static void pass_up(struct sim_passage *p, const struct sim_outcome *outcome)
{
    struct sim_world *world = world_of(p);
    const bool perhaps = close_below(world, p) || p->perhaps;

    if (perhaps && outcome->not_done) {
        struct sim_outcome up = *outcome;

        up.not_done = false;
        end_passage(world, p, &up, perhaps);
    } else {
        end_passage(world, p, outcome, perhaps);
    }
}

void sim_return(struct sim_passage *passage, const struct sim_outcome *outcome)
{
    assert(passage->open);
    assert(passage->ending == NOT_ENDING);
    if (passage->calling) {
        assert(outcome == NULL); /* nothing can have come yet */
        end_later(passage, GIVES_UP);
    } else if (outcome && outcome->status == SIM_REPLIED) {
        pass_up(passage, outcome);
    } else {
        give_up(passage);
    }
}

void sim_substitute(struct sim_passage *passage, const int64_t *words, const struct sim_blob *blob)
{
    const struct sim_record *record = passage->whole->route->operation->reply;

    assert(passage->open);
    assert(passage->ending == NOT_ENDING);
    passage->answer = fill_packet(world_of(passage), record, words, blob);
    if (passage->calling)
        end_later(passage, SUBSTITUTES);
    else
        substitute(passage);
}

/* -- events ------------------------------------------------------------------------------------ */

void attempt_ends(struct sim_world *world, uint32_t slot, const struct sim_outcome *outcome)
{
    struct call *attempt = call_at(world, slot);
    struct whole *whole = attempt->whole;
    struct sim_passage *above = attempt->passage;
    uint32_t *list = attempts_below(whole, above);

    while (*list != slot)
        list = &call_at(world, *list)->next;
    *list = attempt->next;
    free_open(world, attempt, slot);
    tell_above(world, whole, above, outcome, !outcome->not_done);
}

void call_times_out(struct sim_world *world, struct whole *whole)
{
    const bool attempted = close_attempts(world, &whole->attempt);
    const bool perhaps = close_passages(world, &whole->first, false) || attempted;
    const struct sim_outcome outcome = {
        .status = perhaps ? SIM_CALL_UNKNOWN : SIM_REFUSED,
        .to = whole->to,
        .not_done = !perhaps,
        .failed = true,
    };

    finish_call(world, whole, &outcome);
}

/* A wake, or the end of a passage within on_call. */
void run_passage(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event)
{
    struct sim_passage *p = passage_of(world, event);
    const bool wakes = event->type == EVENT_WAKE;

    if (!p->open || p->whole->seat != seat || (wakes ? p->wake : p->generation) != event->from)
        return;
    const struct filter_use *use = p->use;

    begin_event(world);
    fold(world, use->hash + (wakes ? WAKE_HASH : END_HASH), seat->node, 0, NULL, NULL, NULL);
    if (is_traced(world, SIM_HAPPENED_FILTER))
        tell(world, SIM_HAPPENED_FILTER, event->sequence >> ACT_BITS, seat->node, SIM_NO_GROUP,
             use->filter->name, NULL, NULL, NULL, NULL);
    if (wakes) {
        p->wake = 0;
        use->filter->on_wake(p);
    } else if (p->ending == SUBSTITUTES) {
        substitute(p);
    } else {
        give_up(p);
    }
    end_event(world, seat);
}

void forget_chains(struct sim_world *world, struct sim_seat *seat)
{
    const struct class *class = seat->class;

    if (!class->chains)
        return;
    struct chain *chain = chain_of(seat);
    while (chain->wholes) {
        struct whole *whole = chain->wholes;

        close_attempts(world, &whole->attempt);
        close_passages(world, &whole->first, true);
        free_open(world, call_at(world, whole->call), whole->call);
        free_whole(world, whole);
    }
    memset((char *)chain + class->states_at, 0, class->chain_stride - class->states_at);
}

void build_uses(const struct sim_group_plan *plan, struct route *route, uint32_t number)
{
    const struct sim_chain_plan *chain = plan->chains ? &plan->chains[number] : NULL;

    if (!chain || chain->count == 0)
        return;
    assert(chain->count <= SIM_FILTERS_MAX);
    route->uses = sim_alloc_array(chain->count, sizeof(*route->uses));
    route->use_count = chain->count;
    for (uint32_t i = 0; i < chain->count; i++) {
        const struct sim_filter_plan *use = &chain->filters[i];

        assert(use->filter->passage <= SIM_PASSAGE_MAX);
        assert(use->state < plan->filter_states);
        route->uses[i] = (struct filter_use){
            .filter = use->filter,
            .params = use->params,
            .state = use->state,
            .level = (uint8_t)i,
            .last = i + 1 == chain->count,
            .hash = sim_mix(route->hash + i, sim_hash_text(use->filter->name)),
        };
    }
}

/* A state that fits into a cache line lies in one: calls look at each of them. */
void lay_out_chains(struct class *class)
{
    const size_t used_at = sizeof(struct chain) + class->route_count * sizeof(uint64_t);
    const uint32_t states = class->plan->filter_states;
    size_t at = (used_at + states + 7) / 8 * 8;

    class->states_at = used_at;
    for (uint32_t state = 0; state < states; state++) {
        size_t size = 0;

        for (uint32_t r = 0; r < class->route_count; r++)
            for (uint32_t u = 0; u < class->routes[r].use_count; u++) {
                struct filter_use *use = &class->routes[r].uses[u];

                if (use->state != state)
                    continue;
                if (size == 0 && at % CACHE_LINE + use->filter->state.size > CACHE_LINE)
                    at = (at + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
                size = use->filter->state.size;
                use->used_at = (uint32_t)(used_at + state);
                use->state_at = (uint32_t)at;
            }
        at += (size + 7) / 8 * 8;
    }
    class->chain_stride = (at + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
}

void init_passages(struct sim_world *world)
{
    uint32_t most = 0;

    for (uint32_t c = 0; c < world->class_count; c++)
        for (uint32_t r = 0; r < world->classes[c].route_count; r++)
            if (world->classes[c].routes[r].use_count > most)
                most = world->classes[c].routes[r].use_count;
    slab_init(&world->wholes, sizeof(struct whole) + most * sizeof(struct sim_passage) +
                                  SIM_RECORD_WORDS_MAX * sizeof(int64_t));
    slab_init(&world->passages, sizeof(struct sim_passage));
}

/* -- what filters read and do ------------------------------------------------------------------ */

const void *sim_filter_params(const struct sim_passage *passage)
{
    return passage->use->params;
}

void *sim_filter_state(struct sim_passage *passage)
{
    const struct filter_use *use = passage->use;
    char *chain = (char *)passage->whole->chain;

    chain[use->used_at] = true;
    return chain + use->state_at;
}

void *sim_passage_memory(struct sim_passage *passage)
{
    return passage->memory;
}

sim_time sim_passage_now(const struct sim_passage *passage)
{
    return sim_now(passage->whole->seat);
}

uint32_t sim_passage_to(const struct sim_passage *passage)
{
    return passage->to;
}

uint32_t sim_passage_targets(const struct sim_passage *passage)
{
    return passage->whole->route->target->count;
}

const int64_t *sim_passage_request(const struct sim_passage *passage, uint32_t *count)
{
    const struct sim_record *record = passage->whole->route->operation->request;

    *count = record ? record->words : 0;
    return words_of(world_of(passage), passage->whole);
}

uint32_t sim_passage_reply_words(const struct sim_passage *passage)
{
    const struct sim_record *record = passage->whole->route->operation->reply;

    return record ? record->words : 0;
}

void sim_passage_set_reply(const struct sim_passage *passage, int64_t *words, const char *name,
                           int64_t value)
{
    const struct sim_record *record = passage->whole->route->operation->reply;

    for (uint32_t i = 0; record && i < record->words; i++) {
        size_t length;
        const char *field = sim_record_field(record, i, &length);

        if (strlen(name) == length && memcmp(field, name, length) == 0)
            words[i] = value;
    }
}

sim_time sim_passage_left(const struct sim_passage *passage)
{
    const sim_time deadline = passage->whole->deadline;

    return deadline == SIM_TIME_NEVER ? SIM_TIME_NEVER : deadline - sim_now(passage->whole->seat);
}

void sim_pass_to(struct sim_passage *passage, uint32_t to)
{
    assert(passage->open);
    assert(passage->ending == NOT_ENDING);
    assert(to < sim_passage_targets(passage));
    if (passage->use->last)
        start_attempt(passage->whole, passage, to);
    else
        begin_passage(passage->whole, passage, passage->use + 1, to);
}

void sim_pass(struct sim_passage *passage)
{
    sim_pass_to(passage, sim_passage_to(passage));
}

void sim_wake(struct sim_passage *passage, sim_time after)
{
    struct sim_world *world = world_of(passage);

    assert(passage->open);
    assert(after >= 0);
    passage->wake = ++world->wakes;
    const struct sim_event event =
        event_of(passage, EVENT_WAKE, due_after(passage->whole->seat, after));
    sim_queue_push(world->queue, &event);
}

void sim_wake_never(struct sim_passage *passage)
{
    passage->wake = 0;
}

void sim_set_deadline(struct sim_passage *passage, sim_time after)
{
    struct whole *whole = passage->whole;
    const sim_time now = sim_now(passage->whole->seat);

    if (after < SIM_TIME_LIMIT - now && now + after < whole->deadline)
        whole->deadline = now + after;
}

/* Names the call among all of the run, so that two that are not the same have two. */
void sim_set_key(struct sim_passage *passage)
{
    struct whole *whole = passage->whole;

    whole->key = sim_mix(sim_mix(passage->whole->route->hash, whole->number),
                         passage->whole->seat->node + 1);
}

uint64_t sim_filter_draw(struct sim_passage *passage)
{
    struct whole *whole = passage->whole;
    const uint64_t call =
        sim_mix(passage->whole->route->luck + whole->number, passage->whole->seat->member);

    return sim_mix(call + ++whole->draws, passage->use->hash);
}

void sim_filter_note(struct sim_passage *passage, unsigned note, const void *body)
{
    struct sim_world *world = world_of(passage);
    const struct filter_use *use = passage->use;
    const struct sim_note_kind *kind = &use->filter->notes[note];

    assert(note < SIM_FILTER_NOTES_MAX);
    assert(kind->name);
    assert((body != NULL) == (kind->record != NULL));
    fold(world, use->hash + 1 + note, passage->whole->seat->node, 0, kind->record, body, NULL);
    if (is_traced(world, SIM_HAPPENED_NOTE))
        tell(world, SIM_HAPPENED_NOTE, world->event, passage->whole->seat->node, SIM_NO_GROUP,
             kind->name, NULL, kind->record, body, NULL);
}

void *sim_filter_new(struct sim_passage *passage, size_t size)
{
    return sim_new(passage->whole->seat, size);
}

void sim_filter_hold(struct sim_passage *passage, const struct sim_blob *blob)
{
    sim_hold(passage->whole->seat, blob);
}

void sim_filter_let_go(struct sim_passage *passage, const struct sim_blob *blob)
{
    sim_let_go(passage->whole->seat, blob);
}
