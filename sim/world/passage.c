/* passage.c - calls on their way through filters.
 *
 * A call through filters is a tree: the call itself, below it the passage through its first filter,
 * below a passage whatever it started: passages through the next filter, behind the last one
 * attempts, which are calls without filters. Each knows those directly below it, as a list. What
 * ends leaves the tree with all that is below it, and tells the one above. */
#include "sim/world/kernel.h"

#include <assert.h>
#include <string.h>

enum { ATTEMPT = 1, WAKE_HASH = 0x77616b65, END_HASH = 0x656e6465 };

/* What an end tells the one above, besides the outcome. */
enum ending { NOT_ENDING, GIVES_UP, SUBSTITUTES };

struct sim_passage {
    int64_t memory[SIM_PASSAGE_MAX / sizeof(int64_t)];
    struct sim_seat *seat;
    uint32_t slot, generation;
    uint32_t call;   /* the slot of the whole */
    uint32_t parent; /* slot of the passage above; 0: the call itself */
    uint32_t first;  /* of those below: slot << 1 | ATTEMPT; 0: none */
    uint32_t next;   /* beside it, below the same */
    uint32_t wake;   /* generation of the wake that is set; 0: none */
    uint32_t wakes;
    uint32_t answer; /* packet with the reply that takes the place of one */
    uint8_t level;
    uint8_t ending; /* enum ending: waits for its event */
    bool open, calling;
    bool perhaps; /* something below it ended that may have been executed */
};

static struct sim_passage *passage_at(const struct sim_world *world, uint32_t slot)
{
    return slab_at(&world->passages, slot);
}

static struct call *call_at(const struct sim_world *world, uint32_t slot)
{
    return slab_at(&world->calls, slot);
}

static struct whole *whole_of(const struct sim_world *world, uint32_t call)
{
    return slab_at(&world->wholes, call_at(world, call)->whole);
}

static const struct route *route_of(const struct sim_passage *p)
{
    return &p->seat->class->routes[call_at(p->seat->class->world, p->call)->route];
}

static const struct filter_use *use_of(const struct sim_passage *p)
{
    return &route_of(p)->uses[p->level];
}

/* -- the tree ---------------------------------------------------------------------------------- */

/* Where the list of those below PARENT begins; below the call itself there is but one. */
static uint32_t *list_below(struct sim_world *world, uint32_t call, uint32_t parent)
{
    return parent ? &passage_at(world, parent)->first : &whole_of(world, call)->first;
}

static uint32_t *next_of(struct sim_world *world, uint32_t node)
{
    return node & ATTEMPT ? &call_at(world, node >> 1)->next : &passage_at(world, node >> 1)->next;
}

static void link_below(struct sim_world *world, uint32_t *list, uint32_t node)
{
    *next_of(world, node) = *list;
    *list = node;
}

static void unlink_below(struct sim_world *world, uint32_t *list, uint32_t node)
{
    while (*list != node)
        list = next_of(world, *list);
    *list = *next_of(world, node);
}

static void free_passage(struct sim_world *world, struct sim_passage *p)
{
    free_packet(world, p->answer);
    p->open = false;
    slab_give(&world->passages, p->slot);
}

/* Abandons all on LIST and below. True if any of it may have been, or be, executed. FORGETS: the
 * node has crashed, and its filters know nothing any more. */
static bool close_below(struct sim_world *world, uint32_t *list, bool forgets)
{
    bool perhaps = false;

    while (*list != 0) {
        const uint32_t node = *list;

        *list = *next_of(world, node);
        if (node & ATTEMPT) {
            call_at(world, node >> 1)->open = false;
            slab_give(&world->calls, node >> 1);
            perhaps = true;
            continue;
        }
        struct sim_passage *p = passage_at(world, node >> 1);

        perhaps |= close_below(world, &p->first, forgets);
        perhaps |= p->perhaps;
        if (use_of(p)->filter->on_abandon && !forgets)
            use_of(p)->filter->on_abandon(p);
        free_passage(world, p);
    }
    return perhaps;
}

/* -- down the chain ---------------------------------------------------------------------------- */

static void start_attempt(struct sim_seat *seat, uint32_t call, uint32_t parent, uint32_t to)
{
    struct sim_world *world = seat->class->world;
    struct whole *whole = whole_of(world, call);
    const unsigned route = call_at(world, call)->route;
    const uint32_t slot = open_call(seat, route, to, NULL, 0);
    struct call *attempt = call_at(world, slot);

    attempt->passage = parent;
    attempt->root = call;
    link_below(world, list_below(world, call, parent), slot << 1 | ATTEMPT);
    whole->attempts++;
    send_request(seat, slot, whole->words);
}

static void begin_passage(struct sim_seat *seat, uint32_t call, uint32_t parent, unsigned level,
                          uint32_t to)
{
    struct sim_world *world = seat->class->world;
    const struct route *route = &seat->class->routes[call_at(world, call)->route];

    if (level == route->use_count) {
        start_attempt(seat, call, parent, to);
        return;
    }
    const uint32_t slot = slab_take(&world->passages);
    struct sim_passage *p = passage_at(world, slot);
    const uint32_t generation = p->generation + 1;

    *p = (struct sim_passage){
        .seat = seat,
        .slot = slot,
        .generation = generation,
        .call = call,
        .parent = parent,
        .level = (uint8_t)level,
        .open = true,
        .calling = true,
    };
    link_below(world, list_below(world, call, parent), slot << 1);
    route->uses[level].filter->on_call(p);
    p->calling = false;
}

static struct chain *chains_of(struct sim_seat *seat)
{
    struct extra *extra = seat_extra(seat);

    if (!extra->chains) {
        extra->chains = sim_alloc(sizeof(*extra->chains));
        extra->chains->calls = sim_alloc_array(seat->class->route_count, sizeof(uint64_t));
        extra->chains->states =
            sim_alloc_array(seat->class->plan->filter_states, sizeof(*extra->chains->states));
    }
    return extra->chains;
}

void start_chain(struct sim_seat *seat, uint32_t slot, sim_time left, const void *request)
{
    struct sim_world *world = seat->class->world;
    struct chain *chain = chains_of(seat);
    struct call *call = call_at(world, slot);
    const struct sim_record *record = seat->class->routes[call->route].operation->request;
    assert(!record || record->words <= STAMP_LEFT);
    const uint32_t whole_slot = slab_take(&world->wholes);
    struct whole *whole = slab_at(&world->wholes, whole_slot);

    *whole = (struct whole){
        .number = ++chain->calls[call->route],
        .deadline = left < SIM_TIME_NEVER - sim_now(seat) ? sim_now(seat) + left : SIM_TIME_NEVER,
        .call = slot,
        .next = chain->wholes,
    };
    if (record)
        copy_words(whole->words, request, record->words);
    if (chain->wholes)
        ((struct whole *)slab_at(&world->wholes, chain->wholes))->previous = whole_slot;
    chain->wholes = whole_slot;
    call->whole = whole_slot;
    begin_passage(seat, slot, 0, 0, call->to);
}

/* -- up the chain ------------------------------------------------------------------------------ */

/* The call is over, and the caller is told, within the present event. */
static void finish_call(struct sim_seat *seat, uint32_t slot, struct sim_outcome *outcome)
{
    struct sim_world *world = seat->class->world;
    struct call closed = *call_at(world, slot);
    struct route *route = &seat->class->routes[closed.route];

    outcome->attempts = whole_of(world, slot)->attempts;
    outcome->context = closed.context;
    route->stats.replied += outcome->status == SIM_REPLIED;
    route->stats.degraded += outcome->degraded;
    route->stats.refused += outcome->status == SIM_REFUSED;
    route->stats.unknown += outcome->status == SIM_CALL_UNKNOWN;
    route->stats.unsent += outcome->attempts == 0;
    free_call(world, seat, slot);
    route->site->handler(seat, outcome);
}

void free_call(struct sim_world *world, struct sim_seat *seat, uint32_t slot)
{
    struct call *call = call_at(world, slot);

    if (call->whole) {
        struct whole *whole = slab_at(&world->wholes, call->whole);
        struct whole *next = whole->next ? slab_at(&world->wholes, whole->next) : NULL;

        close_below(world, &whole->first, true);
        if (whole->previous)
            ((struct whole *)slab_at(&world->wholes, whole->previous))->next = whole->next;
        else
            seat->extra->chains->wholes = whole->next;
        if (next)
            next->previous = whole->previous;
        slab_give(&world->wholes, call->whole);
    }
    call->open = false;
    slab_give(&world->calls, slot);
}

/* Something below PARENT, already taken out of the tree, came to OUTCOME. */
static void tell_above(struct sim_seat *seat, uint32_t call, uint32_t parent,
                       struct sim_outcome *outcome, bool perhaps)
{
    struct sim_world *world = seat->class->world;

    if (parent == 0) {
        finish_call(seat, call, outcome);
        return;
    }
    struct sim_passage *p = passage_at(world, parent);
    const struct sim_filter *filter = use_of(p)->filter;

    p->perhaps |= perhaps;
    if (p->ending != NOT_ENDING) /* decided already */
        return;
    if (filter->on_outcome)
        filter->on_outcome(p, outcome);
    else
        sim_return(p, outcome);
}

static void end_passage(struct sim_passage *p, struct sim_outcome *outcome, bool perhaps)
{
    struct sim_seat *seat = p->seat;
    struct sim_world *world = seat->class->world;
    const uint32_t call = p->call, parent = p->parent;

    unlink_below(world, list_below(world, call, parent), p->slot << 1);
    p->open = false; /* its slot is kept as long as its answer is read */
    tell_above(seat, call, parent, outcome, perhaps);
    free_passage(world, p);
}

/* No reply: what becomes of the call is what its attempts say. */
static void give_up(struct sim_passage *p)
{
    const bool perhaps = close_below(p->seat->class->world, &p->first, false) || p->perhaps;
    struct sim_outcome outcome = {
        .status = perhaps ? SIM_CALL_UNKNOWN : SIM_REFUSED,
        .to = call_at(p->seat->class->world, p->call)->to,
        .not_done = !perhaps,
        .failed = true,
    };

    end_passage(p, &outcome, perhaps);
}

static void substitute(struct sim_passage *p)
{
    struct sim_world *world = p->seat->class->world;
    const struct packet *packet = slab_at(&world->packets, p->answer);
    const bool perhaps = close_below(world, &p->first, false) || p->perhaps;
    struct sim_outcome outcome = {
        .status = SIM_REPLIED,
        .to = call_at(world, p->call)->to,
        .body = route_of(p)->operation->reply ? packet->words : NULL,
        .blob = packet->blob,
        .degraded = true,
    };

    end_passage(p, &outcome, perhaps);
}

/* Not within on_call: the one above may not have returned from starting it. */
static void end_later(struct sim_passage *p, enum ending ending)
{
    struct sim_world *world = p->seat->class->world;

    p->ending = (uint8_t)ending;
    sim_queue_push(world->queue, &(struct sim_event){
                                     .time = world->now,
                                     .sequence = next_sequence(world),
                                     .index = p->seat->member,
                                     .from = p->generation,
                                     .slot = p->slot,
                                     .class = (uint16_t)p->seat->class->index,
                                     .type = EVENT_PASSED,
                                 });
}

void sim_return(struct sim_passage *passage, const struct sim_outcome *outcome)
{
    struct sim_world *world = passage->seat->class->world;

    assert(passage->open);
    assert(passage->ending == NOT_ENDING);
    if (passage->calling) {
        assert(outcome == NULL); /* nothing can have come yet */
        end_later(passage, GIVES_UP);
    } else if (outcome && outcome->status == SIM_REPLIED) {
        struct sim_outcome up = *outcome;
        const bool perhaps = close_below(world, &passage->first, false) || passage->perhaps;

        up.not_done = up.not_done && !perhaps; /* what another attempt did counts, too */
        end_passage(passage, &up, perhaps);
    } else {
        give_up(passage);
    }
}

void sim_substitute(struct sim_passage *passage, const int64_t *words, const struct sim_blob *blob)
{
    const struct sim_record *record = route_of(passage)->operation->reply;

    assert(passage->open);
    assert(passage->ending == NOT_ENDING);
    passage->answer = fill_packet(passage->seat->class->world, record, words, blob);
    if (passage->calling)
        end_later(passage, SUBSTITUTES);
    else
        substitute(passage);
}

/* -- events ------------------------------------------------------------------------------------ */

void attempt_ends(struct sim_seat *seat, uint32_t slot, struct sim_outcome *outcome)
{
    struct sim_world *world = seat->class->world;
    const struct call closed = *call_at(world, slot), *attempt = &closed;

    unlink_below(world, list_below(world, attempt->root, attempt->passage), slot << 1 | ATTEMPT);
    call_at(world, slot)->open = false;
    slab_give(&world->calls, slot);
    tell_above(seat, attempt->root, attempt->passage, outcome, !outcome->not_done);
}

void call_times_out(struct sim_seat *seat, uint32_t slot)
{
    struct sim_world *world = seat->class->world;
    struct sim_outcome outcome = { .to = call_at(world, slot)->to, .failed = true };

    outcome.status =
        close_below(world, &whole_of(world, slot)->first, false) ? SIM_CALL_UNKNOWN : SIM_REFUSED;
    outcome.not_done = outcome.status == SIM_REFUSED;
    finish_call(seat, slot, &outcome);
}

/* A wake, or the end of a passage within on_call. */
void run_passage(struct sim_world *world, struct sim_seat *seat, const struct sim_event *event)
{
    struct sim_passage *p = passage_at(world, event->slot);
    const bool wakes = event->type == EVENT_WAKE;

    if (!p->open || p->seat != seat || (wakes ? p->wake : p->generation) != event->from)
        return;
    const struct filter_use *use = use_of(p);

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
    struct chain *chain = seat->extra->chains;

    if (!chain)
        return;
    while (chain->wholes)
        free_call(world, seat, ((struct whole *)slab_at(&world->wholes, chain->wholes))->call);
    for (uint32_t i = 0; i < seat->class->plan->filter_states; i++)
        chain->states[i] = NULL; /* what they pointed to lay in the node's memory */
}

void finish_chains(struct extra *extra)
{
    if (!extra->chains)
        return;
    sim_free(extra->chains->calls);
    sim_free(extra->chains->states);
    sim_free(extra->chains);
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
            .hash = sim_mix(route->hash + i, sim_hash_text(use->filter->name)),
        };
    }
}

size_t passage_size(void)
{
    return sizeof(struct sim_passage);
}

/* -- what filters read and do ------------------------------------------------------------------ */

const void *sim_filter_params(const struct sim_passage *passage)
{
    return use_of(passage)->params;
}

void *sim_filter_state(struct sim_passage *passage)
{
    const struct filter_use *use = use_of(passage);
    void **state = &passage->seat->extra->chains->states[use->state];

    if (!*state)
        *state = sim_new(passage->seat, use->filter->state.size);
    return *state;
}

void *sim_passage_memory(struct sim_passage *passage)
{
    return passage->memory;
}

sim_time sim_passage_now(const struct sim_passage *passage)
{
    return sim_now(passage->seat);
}

uint32_t sim_passage_to(const struct sim_passage *passage)
{
    return call_at(passage->seat->class->world, passage->call)->to;
}

uint32_t sim_passage_targets(const struct sim_passage *passage)
{
    return route_of(passage)->target->count;
}

const int64_t *sim_passage_request(const struct sim_passage *passage, uint32_t *count)
{
    const struct sim_record *record = route_of(passage)->operation->request;

    *count = record ? record->words : 0;
    return whole_of(passage->seat->class->world, passage->call)->words;
}

uint32_t sim_passage_reply_words(const struct sim_passage *passage)
{
    const struct sim_record *record = route_of(passage)->operation->reply;

    return record ? record->words : 0;
}

void sim_passage_set_reply(const struct sim_passage *passage, int64_t *words, const char *name,
                           int64_t value)
{
    const struct sim_record *record = route_of(passage)->operation->reply;

    for (uint32_t i = 0; record && i < record->words; i++) {
        size_t length;
        const char *field = sim_record_field(record, i, &length);

        if (strlen(name) == length && memcmp(field, name, length) == 0)
            words[i] = value;
    }
}

sim_time sim_passage_left(const struct sim_passage *passage)
{
    const sim_time deadline = whole_of(passage->seat->class->world, passage->call)->deadline;

    return deadline == SIM_TIME_NEVER ? SIM_TIME_NEVER : deadline - sim_now(passage->seat);
}

void sim_pass_to(struct sim_passage *passage, uint32_t to)
{
    assert(passage->open);
    assert(passage->ending == NOT_ENDING);
    assert(to < sim_passage_targets(passage));
    begin_passage(passage->seat, passage->call, passage->slot, passage->level + 1u, to);
}

void sim_pass(struct sim_passage *passage)
{
    sim_pass_to(passage, sim_passage_to(passage));
}

void sim_wake(struct sim_passage *passage, sim_time after)
{
    struct sim_world *world = passage->seat->class->world;

    assert(passage->open);
    assert(after >= 0);
    passage->wake = ++world->wakes;
    sim_queue_push(world->queue, &(struct sim_event){
                                     .time = due_after(passage->seat, after),
                                     .sequence = next_sequence(world),
                                     .index = passage->seat->member,
                                     .from = passage->wake,
                                     .slot = passage->slot,
                                     .class = (uint16_t)passage->seat->class->index,
                                     .type = EVENT_WAKE,
                                 });
}

void sim_wake_never(struct sim_passage *passage)
{
    passage->wake = 0;
}

void sim_set_deadline(struct sim_passage *passage, sim_time after)
{
    struct whole *whole = whole_of(passage->seat->class->world, passage->call);
    const sim_time now = sim_now(passage->seat);

    if (after < SIM_TIME_LIMIT - now && now + after < whole->deadline)
        whole->deadline = now + after;
}

/* Names the call among all of the run, so that two that are not the same have two. */
void sim_set_key(struct sim_passage *passage)
{
    struct whole *whole = whole_of(passage->seat->class->world, passage->call);

    whole->key = sim_mix(sim_mix(route_of(passage)->hash, whole->number), passage->seat->node + 1);
}

uint64_t sim_filter_draw(struct sim_passage *passage)
{
    struct whole *whole = whole_of(passage->seat->class->world, passage->call);
    const uint64_t call = sim_mix(route_of(passage)->luck + whole->number, passage->seat->member);

    return sim_mix(call + ++whole->draws, use_of(passage)->hash);
}

void sim_filter_note(struct sim_passage *passage, unsigned note, const void *body)
{
    struct sim_world *world = passage->seat->class->world;
    const struct filter_use *use = use_of(passage);
    const struct sim_note_kind *kind = &use->filter->notes[note];

    assert(note < SIM_FILTER_NOTES_MAX);
    assert(kind->name);
    assert((body != NULL) == (kind->record != NULL));
    fold(world, use->hash + 1 + note, passage->seat->node, 0, kind->record, body, NULL);
    if (is_traced(world, SIM_HAPPENED_NOTE))
        tell(world, SIM_HAPPENED_NOTE, world->event, passage->seat->node, SIM_NO_GROUP, kind->name,
             NULL, kind->record, body, NULL);
}

void *sim_filter_new(struct sim_passage *passage, size_t size)
{
    return sim_new(passage->seat, size);
}

void sim_filter_hold(struct sim_passage *passage, const struct sim_blob *blob)
{
    sim_hold(passage->seat, blob);
}

void sim_filter_let_go(struct sim_passage *passage, const struct sim_blob *blob)
{
    sim_let_go(passage->seat, blob);
}
