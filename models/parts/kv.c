#include "models/parts/kv.h"

#include <assert.h>
#include <string.h>

struct kv_slot {
    int64_t key;
    int64_t value;     /* of a number; SIM_NIL: nothing */
    int64_t *elements; /* of a list; NULL: none */
    uint32_t count, capacity;
    bool used;
};

enum { FIRST_SLOTS = 16, FIRST_ELEMENTS = 4 };

void kv_init(struct kv *kv)
{
    *kv = (struct kv){ 0 };
}

void kv_finish(struct sim_seat *me, struct kv *kv)
{
    for (uint32_t i = 0; i < kv->capacity; i++)
        sim_drop(me, kv->slots[i].elements, kv->slots[i].capacity * sizeof(int64_t));
    sim_drop(me, kv->slots, kv->capacity * sizeof(struct kv_slot));
}

static uint32_t place_of(const struct kv *kv, int64_t key)
{
    uint32_t mask = kv->capacity - 1, at = (uint32_t)sim_mix((uint64_t)key, 0) & mask;

    while (kv->slots[at].used && kv->slots[at].key != key)
        at = (at + 1) & mask;
    return at;
}

static void grow(struct sim_seat *me, struct kv *kv)
{
    struct kv old = *kv;
    uint32_t i;

    kv->capacity = old.capacity == 0 ? FIRST_SLOTS : 2 * old.capacity;
    assert(kv->capacity != 0);
    kv->slots = sim_new(me, kv->capacity * sizeof(struct kv_slot));
    for (i = 0; i < old.capacity; i++)
        if (old.slots[i].used)
            kv->slots[place_of(kv, old.slots[i].key)] = old.slots[i];
    sim_drop(me, old.slots, old.capacity * sizeof(struct kv_slot));
}

/* The slot of KEY. Keys stay once they were named: a deleted one is asked for again, as a rule. */
static struct kv_slot *find(struct sim_seat *me, struct kv *kv, int64_t key)
{
    struct kv_slot *slot;

    if (4 * (uint64_t)kv->used >= 3 * (uint64_t)kv->capacity)
        grow(me, kv);
    slot = &kv->slots[place_of(kv, key)];
    if (!slot->used) {
        *slot = (struct kv_slot){ .key = key, .value = SIM_NIL, .used = true };
        kv->used++;
    }
    return slot;
}

static void set(struct sim_seat *me, struct kv_slot *slot, int64_t value)
{
    sim_drop(me, slot->elements, slot->capacity * sizeof(int64_t));
    slot->elements = NULL;
    slot->count = slot->capacity = 0;
    slot->value = value;
}

static void append(struct sim_seat *me, struct kv_slot *slot, int64_t element)
{
    if (slot->count == slot->capacity) {
        uint32_t more = slot->capacity == 0 ? FIRST_ELEMENTS : 2 * slot->capacity;

        slot->elements = sim_regrow(me, slot->elements, slot->capacity * sizeof(int64_t),
                                    more * sizeof(int64_t));
        slot->capacity = more;
    }
    slot->elements[slot->count++] = element;
}

static struct kv_result mismatch(const struct kv_slot *slot)
{
    return (struct kv_result){ STORE_MISMATCH, slot->value, NULL };
}

struct kv_result kv_apply(struct sim_seat *me, struct kv *kv, const struct sim_operation *operation,
                          bool wanted)
{
    struct kv_slot *slot = find(me, kv, operation->key);
    struct kv_result result = { STORE_OK, SIM_NIL, NULL };

    switch (operation->kind) {
    case SIM_READ:
        result.value = slot->value;
        if (wanted && slot->elements != NULL)
            result.list = sim_blob(me, slot->elements, slot->count);
        break;
    case SIM_WRITE:
        set(me, slot, operation->argument);
        break;
    case SIM_CAS:
        if (slot->elements != NULL || slot->value != operation->argument)
            return mismatch(slot);
        set(me, slot, operation->second);
        break;
    case SIM_ADD:
        if (slot->elements != NULL)
            return mismatch(slot);
        /* wraps: unsigned, because overflow of a counter is no error of the simulator */
        slot->value = (int64_t)((slot->value == SIM_NIL ? 0 : (uint64_t)slot->value) +
                                (uint64_t)operation->argument);
        result.value = slot->value;
        break;
    case SIM_APPEND:
        if (slot->elements == NULL && slot->value != SIM_NIL)
            return mismatch(slot);
        append(me, slot, operation->argument);
        break;
    default:
        assert(operation->kind == SIM_DELETE);
        set(me, slot, SIM_NIL);
    }
    return result;
}

void kv_tell(const struct kv *kv, struct sim_ledger *ledger)
{
    for (uint32_t i = 0; i < kv->capacity; i++) {
        const struct kv_slot *slot = &kv->slots[i];

        if (slot->used && slot->elements == NULL && slot->value != SIM_NIL)
            sim_ledger_holds(ledger, slot->key, slot->value);
        for (uint32_t k = 0; k < slot->count; k++)
            sim_ledger_holds(ledger, slot->key, slot->elements[k]);
    }
}
