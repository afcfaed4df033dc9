/* hold.c - effects behind a sim_sync: kept, and done when the disk has what was promised.
 *
 * The handler has returned long before; so what a protocol says after its sync can't leave the node
 * before the sync is durable, and a crash in between forgets it, exactly as if the process had been
 * blocked in fsync. */
#include "sim/world/kernel.h"

#include <assert.h>
#include <string.h>

struct act *hold_act(struct sim_seat *seat, enum verb verb)
{
    struct extra *extra = seat_extra(seat);

    extra->acts =
        sim_grow(extra->acts, &extra->act_capacity, extra->act_count + 1, sizeof(*extra->acts));
    struct act *act = &extra->acts[extra->act_count++];
    memset(act, 0, offsetof(struct act, context));
    act->verb = verb;
    return act;
}

void hold_words(struct act *act, const struct sim_record *record, const void *body,
                const struct sim_blob *blob)
{
    act->body = record != NULL;
    if (record)
        memcpy(act->words, body, record->words * sizeof(int64_t));
    blob_keep(blob);
    act->blob = blob;
}

static void do_act(struct sim_seat *seat, const struct act *act)
{
    const void *body = act->body ? act->words : NULL;

    switch (act->verb) {
    case VERB_SEND:
        sim_send_blob(seat, act->to, act->what, body, act->blob);
        break;
    case VERB_TIMER:
        if (act->peer)
            sim_timer_peer(seat, act->what, act->to, act->after);
        else
            sim_timer(seat, act->what, act->after);
        break;
    case VERB_CANCEL:
        if (act->peer)
            sim_cancel_peer(seat, act->what, act->to);
        else
            sim_cancel(seat, act->what);
        break;
    case VERB_LATER:
        sim_later(seat, act->what, act->after, act->context, act->size);
        break;
    case VERB_TIMER_AT:
        sim_timer_at(seat, act->what, act->after);
        break;
    case VERB_LATER_AT:
        sim_later_at(seat, act->what, act->after, act->context, act->size);
        break;
    case VERB_CALL:
        sim_call_within(seat, act->what, act->to, act->after, act->left, act->context, act->size,
                        body);
        break;
    case VERB_REPLY:
        sim_reply_blob(seat, act->ticket, body, act->blob);
        break;
    case VERB_REFUSE:
        sim_refuse(seat, act->ticket);
        break;
    case VERB_SYNC:
        start_sync(seat->class->world, seat, act->id);
        break;
    case VERB_SYNC_THEN:
        start_sync_then(seat->class->world, seat, act->id, act->context, act->size);
        break;
    case VERB_NOTE:
        sim_note(seat, act->what, body);
        break;
    case VERB_METRIC:
        sim_measure(seat, act->what, act->value);
        break;
    case VERB_INVOKE:
    case VERB_COMPLETE:
        do_operation_act(seat, act);
        break;
    case VERB_HALT:
        sim_halt(seat, act->reason);
        break;
    }
}

void do_acts(struct sim_world *world, struct sim_seat *seat)
{
    struct extra *extra = seat->extra;
    struct act *acts = extra->acts;
    size_t count = extra->act_count, capacity = extra->act_capacity, i = 0;

    /* what they do may hold again: then the rest moves behind the new hold, in order */
    extra->acts = NULL;
    extra->act_count = extra->act_capacity = 0;
    for (; i < count; i++) {
        if (is_held(seat)) {
            const struct act *rest = &acts[i];
            struct act *kept = hold_act(seat, rest->verb);

            *kept = *rest;
            blob_keep(kept->blob);
        } else {
            do_act(seat, &acts[i]);
        }
        blob_free(world, acts[i].blob);
    }
    if (!extra->acts) {
        extra->acts = acts;
        extra->act_capacity = capacity;
    } else {
        sim_free(acts);
    }
}

void forget_acts(struct sim_world *world, struct sim_seat *seat)
{
    struct extra *extra = seat->extra;

    for (size_t i = 0; i < extra->act_count; i++)
        blob_free(world, extra->acts[i].blob);
    extra->act_count = 0;
}
